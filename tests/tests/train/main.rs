//! What strategies share: recipes, runs, labelled rows in batches, descriptions and files.

#![expect(clippy::float_cmp, reason = "what is compared with == has equal bits or is exact")]

mod describe;
mod examples;
mod outputs;
mod recipe;
mod run;
