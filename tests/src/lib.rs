//! What the laws of `tests/` share: one table of operations, random cases for them, naive twins,
//! and ways to compare.
//!
//! | what | where |
//! |---|---|
//! | random shapes, choices and entries | [`draw`] |
//! | the table of operations, over which the laws run | [`operations`] |
//! | the same in plain loops over indices | [`naive`] |
//! | closeness, bits, panics and where they point | [`compare`] |
//! | random and damaged CSV tables | [`tables`] |
//! | a folder of a test's own, files made by hand | [`files`] |
//! | checkpoints that go to Python and come from it | [`exchange`] |
//! | networks that go out as ONNX, with what they must give | [`onnx`] |
//! | small tasks for the laws over strategies | [`strategies`] |
//! | those laws, for one's own strategy too | [`laws`] |
//! | linear models, of which the learnt weights are known | [`linear_models`] |
//! | two domains of half moons | [`moons`] |
//! | a training in which everything has a state | [`stopping`] |
//! | training steps by which speed is measured | [`workloads`] |
//!
//! A law is written once, in a file of `tests/`, and runs over every line of the table; a test
//! compares the table with the public functions of `autograd/src/ops`, so that none is left out.

pub mod compare;
pub mod draw;
pub mod exchange;
pub mod files;
pub mod laws;
pub mod linear_models;
pub mod moons;
pub mod naive;
pub mod onnx;
pub mod operations;
pub mod stopping;
pub mod strategies;
pub mod tables;
pub mod workloads;
