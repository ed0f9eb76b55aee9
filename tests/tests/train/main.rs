//! What strategies share: recipes, runs, labelled rows in batches, descriptions and files.

mod describe;
mod examples;
mod outputs;
mod recipe;
mod run;
