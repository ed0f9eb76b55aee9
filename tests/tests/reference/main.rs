//! Values and gradients of every operation, and traces of training, against other people's software.
//!
//! Reads the folder that `REFERENCE_DIR` names (a relative one from the workspace's root), else
//! `fixtures`. A case that asks for what does not exist is listed as skipped, and fails the test too.

mod attributes;
mod expression;
mod file;
mod losses;
mod operations;
mod training;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use autograd::{Tape, Tensor};
use file::{OperationCase, Readable};
use tests::compare::{close, gradient};

/// Both sides compute in f64; what differs is the order of sums, some units in the last place.
const TOLERANCE: f64 = 1e-12;

/// The folder with the reference values.
fn folder() -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = member.parent().expect("the member is inside the workspace");
    match std::env::var_os("REFERENCE_DIR") {
        Some(named) => root.join(named),
        None => member.join("fixtures"),
    }
}

/// What became of the cases of a file.
#[derive(Default)]
struct Report {
    passed: usize,
    skipped: Vec<String>,
    failed: Vec<String>,
}

/// Why a case was not compared.
enum Trouble {
    /// What it asks for does not exist here.
    Skipped(String),
    /// It makes no sense.
    Unreadable(String),
}

impl Report {
    /// Runs `compare` on every case of the list `key` in a file: `Ok(Err(..))` says where a case
    /// differs from the reference.
    fn of<T: Readable>(
        file: &Path,
        key: &str,
        compare: impl Fn(&T) -> Result<Result<(), String>, Trouble>,
    ) -> Self {
        let mut report = Report::default();
        for case in file::cases::<T>(file, key) {
            let case = match case {
                Ok(case) => case,
                Err(error) => {
                    report.failed.push(error);
                    continue;
                }
            };
            let name = case.name();
            // A case that an operation refuses is a failed one, and must not hide those after it.
            match catch_unwind(AssertUnwindSafe(|| compare(&case))) {
                Ok(Ok(Ok(()))) => report.passed += 1,
                Ok(Ok(Err(difference))) => report.failed.push(format!("case {name}: {difference}")),
                Ok(Err(Trouble::Skipped(why))) => report.skipped.push(format!("{name}: {why}")),
                Ok(Err(Trouble::Unreadable(why))) => {
                    report.failed.push(format!("case {name} cannot be read: {why}"));
                }
                Err(refusal) => {
                    let said = refusal.downcast_ref::<String>().map_or("", String::as_str);
                    report.failed.push(format!("case {name} was refused: {said}"));
                }
            }
        }
        report
    }

    /// Prints the counts and what was skipped; panics with what failed, or if anything was skipped.
    fn conclude(self, file: &Path) {
        let file = file.display();
        println!("{file}: {} passed, {} skipped", self.passed, self.skipped.len());
        self.skipped.iter().for_each(|skipped| println!("  skipped {skipped}"));
        assert!(self.failed.is_empty(), "{file}:\n{}", self.failed.join("\n"));
        assert!(self.skipped.is_empty(), "{file}: {} cases were skipped", self.skipped.len());
        assert!(self.passed > 0, "{file}: no case was compared");
    }
}

/// The file of this name in the folder. A folder may hold only one of the two; that the other is
/// not compared is printed.
fn file_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let holds = |name: &str| folder.join(name).is_file();
    let shown = folder.display();
    assert!(holds("ops.json") || holds("training.json"), "{shown} holds no reference values");
    if !holds(name) {
        println!("{shown}: skipped {name}, which is not there");
    }
    holds(name).then(|| folder.join(name))
}

#[test]
fn operations_give_the_reference_values_and_gradients() {
    let Some(file) = file_in(&folder(), "ops.json") else { return };
    Report::of(&file, "cases", compare_operation).conclude(&file);
}

fn compare_operation(case: &OperationCase) -> Result<Result<(), String>, Trouble> {
    let tape = Tape::<f64>::default();
    let given = case.inputs.iter().zip(&case.gradients);
    let inputs: Vec<_> = given
        .map(|(x, gradient)| match gradient {
            Some(_) => tape.leaf(&x.0),
            None => tape.constant(&x.0),
        })
        .collect();
    let output = expression::evaluate(&case.op, &case.attrs, &inputs)?;
    let differences = || {
        close(&output.value(), &case.output.0, TOLERANCE).map_err(|e| format!("output: {e}"))?;
        let found = output.backward_from(case.cotangent.0.clone());
        for (i, (&x, expected)) in inputs.iter().zip(&case.gradients).enumerate() {
            let Some(expected) = expected else { continue };
            close(&gradient(&found, x), &expected.0, TOLERANCE)
                .map_err(|e| format!("gradient of input {i}: {e}"))?;
        }
        Ok(())
    };
    Ok(differences())
}

#[test]
fn training_leaves_the_reference_traces() {
    let folder = folder();
    let Some(file) = file_in(&folder, "training.json") else { return };
    let setting = training::Setting::read(&folder, &file);
    Report::of(&file, "traces", |trace| training::compare(&setting, trace)).conclude(&file);
}

/// A tensor as the files write it.
struct Stored(Tensor<f64>);
