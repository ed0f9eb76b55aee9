//! Several sources (多源域): which to use, and how to combine them.
