//! Multi-task learning: several tasks learnt at the same time, each with its own rows, its own
//! labels, its own head and its own loss.
//!
//! ```
//! use autograd::Seed;
//! use multitask::{Given, Joint, Strategy, Table, shared::Hard};
//! use nn::train::{Recipe, Run};
//! # fn main() -> Result<(), multitask::Error> {
//! let digits = nn::data::digits::<f32>().map(|count| count / 16.0);
//! let mnist8 = nn::data::mnist8::<f32>().map(|count| count / 16.0);
//! let few: Vec<usize> = (0..50).collect();
//! let target = Table::new("digits", digits.rows(&few));
//! let tables = [Table::new("mnist8", mnist8).in_batches(64), target];
//!
//! let spec = nn::NetworkSpec::mlp(&[64, 64, 32, 10]);
//! let run = Run::new(Recipe { steps: 5, ..Recipe::default() }, Seed::new(1));
//! let fitted = Joint::of(Hard).fit(&Given { tables: &tables, spec: &spec }, &run)?;
//! let logits = fitted.predict(1, &digits.features);
//! assert_eq!(logits.shape(), [1797, 10]);
//! # Ok(())
//! # }
//! ```
//!
//! # The strategies
//!
//! | The article's term | Here | After | Chapter |
//! |---|---|---|---|
//! | - | [`SingleTask`], the baseline | - | Why compare |
//! | 共享参数 (shared parameters) | [`shared::Hard`] | Caruana 1997 | Shared parameters |
//! | 任务间连接 (task-to-task connections) | [`connection::CrossStitch`] | Misra et al. 2016 | Task-to-task connections |
//! | 任务间分层连接 (connections in layers) | [`hierarchy::Layered`] | Søgaard and Goldberg 2016, Hashimoto et al. 2017 | Connections in layers |
//!
//! More architectures, and what any of them can be combined with in a [`Joint`]:
//!
//! | Here | What it is | After |
//! |---|---|---|
//! | [`shared::Pooled`] | tasks with the same classes, or with numbers, as one task: one network, one head | Caruana 1997 |
//! | [`shared::Soft`] | a network a task; a penalty holds their trunks together, from tasks alone (strength 0) to one trunk | Duong et al. 2015, Evgeniou and Pontil 2004 |
//! | [`connection::Mmoe`] | several trunks, mixed for each row by a gate a task; with one expert, hard sharing | Ma et al. 2018 |
//! | [`balance::PcGrad`] | a balancer: gradients are projected off those they conflict with | Yu et al. 2020 |
//! | [`balance::GradNorm`] | a balancer: learns weights of the losses, larger ones for tasks that lag behind | Chen et al. 2018 |
//! | [`schedule::LossDriven`] | a sampler: one task a step, more often one with much of its loss left | Gottumukkala et al. 2020 |
//!
//! ```
//! use multitask::{Joint, balance::PcGrad, connection::Mmoe, schedule::LossDriven, shared::Hard};
//! let projected: Joint = Joint::of(Mmoe { experts: 2 }).balanced_by(PcGrad);
//! let by_turns: Joint = Joint::of(Hard).visiting(LossDriven::default());
//! ```
//!
//! A balancer of gradients needs parameters that the tasks share, so it refuses
//! [`shared::Soft`], where each task moves its own. With a sampler that visits one task a step, a
//! balancer has nothing to weigh.
//!
//! # How to choose
//!
//! - The tasks read the same kind of input and their labels have much in common: [`shared::Hard`],
//!   the smallest network of the three.
//! - You cannot say how much they have in common: [`connection::CrossStitch`] learns it, for a
//!   column of weights a task.
//! - One task is a step on the way to another, as a word's kind is to its role in the sentence:
//!   [`hierarchy::Layered`].
//! - Rows differ in which tasks go together: [`connection::Mmoe`] decides row by row. Tasks with few
//!   rows that ought to end up alike: [`shared::Soft`].
//! - One task's loss drowns the others': [`balance::GradNorm`]; they undo each other's steps:
//!   [`balance::PcGrad`]; one is learnt long before the others: [`schedule::LossDriven`].
//! - In doubt, and in any case: run [`SingleTask`] beside it. Sharing can hurt.
//!
//! The strategies of one seed are paired: they begin from the same fresh weights
//! (`seed.child("weights")`), and see the same batches in the same order
//! (`seed.child("order").child(task)`), so that a difference between two of them is theirs.

mod fresh;
mod joint;
mod network;
mod registry;
mod single_task;
mod strategy;
mod table;

pub mod balance;
pub mod connection;
pub mod hierarchy;
pub mod schedule;
pub mod shared;

pub use joint::{Balancer, Joint, Losses, Sampler, Sampling, Weighing, Weights};
pub use network::{Architecture, Network, Plan, Stored, parameters_of};
pub use nn::Error;
#[cfg(all(debug_assertions, not(test)))]
#[doc(hidden)]
pub use registry::COMPILED;
pub use registry::{architectures, balancers, registry, samplers};
pub use single_task::SingleTask;
pub use strategy::{Fitted, Given, Strategy};
pub use table::{Table, Task, Tasks};
