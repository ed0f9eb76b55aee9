//! `compare predict` and `compare export` as processes, on what the library learnt and saved.

mod folder;

use std::fs;
use std::path::Path;

use autograd::{Seed, Tensor};
use folder::{compare, refused, text};
use multitask::shared::Hard;
use multitask::{Joint, Strategy as _, Table};
use nn::data::Scaler;
use nn::train::{Recipe, Run};
use nn::{Dataset, LabelColumn, Labels, NetworkSpec, Numbers};
use transfer::baseline::Scratch;
use transfer::{Given, Strategy as _, Target};

/// A file in a folder of a test's own.
fn write(folder: &Path, name: &str, text: &str) -> String {
    fs::write(folder.join(name), text).expect("a file");
    path(&folder.join(name))
}

fn path(file: &Path) -> String {
    file.to_str().expect("the build's folder is text").to_owned()
}

/// What was printed by a call that must succeed.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = compare(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn measured() -> Dataset<f64> {
    let x = Tensor::from_fn([30, 2], |i| 1e9 * (1 - i % 2) as f64 + (i * i % 19) as f64);
    let kinds: [usize; 30] = std::array::from_fn(|row| row % 3);
    let labels =
        Labels::of_classes("kind", &kinds, &["red", "green, dark", "blue"]).expect("it is sound");
    let sizes: [f64; 30] = std::array::from_fn(|row| row as f64);
    let labels: Vec<LabelColumn> =
        vec![labels.into(), Numbers::of_values("size", &sizes).expect("it is sound").into()];
    let columns = ["time", "width"].map(str::to_owned).to_vec();
    Dataset { columns, ..Dataset::new(x, labels).expect("it is sound") }
}

fn single(data: &Dataset<f64>, scaler: &Scaler) -> Dataset {
    let scaled = scaler.apply(data).expect("it is sound");
    let x = scaled.features.as_slice();
    let features = Tensor::from_fn(scaled.features.shape(), |i| x[i] as f32);
    let labels = scaled.label_columns.clone();
    Dataset { columns: scaled.columns, ..Dataset::new(features, labels).expect("it is sound") }
}

/// Saves a network of one task, and gives what it says of its own rows.
fn learn(file: &Path) -> Tensor {
    let data = measured();
    let scaler = Scaler::filling(&data);
    let mut rows = single(&data, &scaler);
    rows.label_columns.truncate(1);
    let (target, recipe) = (Target::new("kind", rows.clone()), Recipe::at_rate(0.1));
    let run = Run::new(Recipe { steps: 40, ..recipe }, Seed::new(1));
    let spec = NetworkSpec::mlp(&[2, 4, 3]);
    let given = Given { sources: &[], target: &target, spec: &spec };
    let mut fitted = Scratch.fit(&given, &run).expect("it is sound");
    fitted.scaler = Some(scaler);
    fitted.save(file).expect("it is sound");
    fitted.predict(&rows.features)
}

fn table(rows: &Dataset<f64>) -> String {
    let rows = rows.features.as_slice().chunks(2);
    let lines: Vec<String> = rows.map(|row| format!("a name,{},{}", row[1], row[0])).collect();
    format!("who,width,time\n{}\n", lines.join("\n"))
}

#[test]
fn rows_with_other_columns_in_another_order_get_the_networks_labels_and_probabilities() {
    let folder = folder::empty("learnt", "predict");
    let model = folder.join("best.safetensors");
    let logits = learn(&model);
    let data = write(&folder, "new.csv", &table(&measured()));
    let text = printed(&["predict", "--model", &path(&model), "--data", &data]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    assert_eq!(header, vec!["kind", "p(red)", "p(green, dark)", "p(blue)"]);
    let expected = nn::metrics::predictions(&logits);
    let lines: Vec<_> = reader.records().map(|line| line.expect("a line")).collect();
    assert_eq!(lines.len(), 30);
    for (line, expected) in lines.iter().zip(expected) {
        let class = expected.expect("logits are numbers");
        assert_eq!(&line[0], ["red", "green, dark", "blue"][class]);
        let shares = (1..4).map(|i| line[i].parse::<f64>().expect("a number"));
        // Three numbers of single precision.
        assert!((shares.sum::<f64>() - 1.0).abs() < 1e-6, "{line:?}");
    }
}

#[test]
fn what_does_not_fit_the_network_is_refused_in_a_sentence() {
    let folder = folder::empty("learnt", "refused");
    let model = folder.join("best.safetensors");
    learn(&model);
    let model = path(&model);
    for (text, words) in [
        ("widht,time\n1,2\n", &["column \"width\" is missing", "\"widht\""][..]),
        ("width,time\n1,noon\n", &["bad.csv:2", "noon"]),
        ("width,time\n1,1e300\n", &["column \"time\": row 1 is", "beyond"]),
        ("width,time\n,2\nx,3\n", &["bad.csv:3", "\"x\""]),
        ("", &["empty"]),
    ] {
        let data = write(&folder, "bad.csv", text);
        refused(&["predict", "--model", &model, "--data", &data], words);
    }
    let good = write(&folder, "good.csv", &table(&measured()));
    let ask = ["predict", "--data", &good, "--model"];
    let words = ["no task \"knid\" (did you mean \"kind\"?); there is kind"];
    refused(&[&ask[..], &[&model, "--task", "knid"]].concat(), &words);
    refused(&[&ask[..], &[&good]].concat(), &["good.csv"]);
    refused(&[&ask[..], &["none"]].concat(), &["none: cannot read"]);
    let plain = folder.join("plain.safetensors");
    let network = NetworkSpec::mlp(&[2, 2]).build::<f32>(Seed::new(0));
    nn::checkpoint::save(&plain, &network).expect("a file");
    refused(&[&ask[..], &[&path(&plain)]].concat(), &["it says nothing of what was learnt"]);
}

#[test]
fn a_hole_takes_the_training_rows_mean_where_the_training_had_holes_filled() {
    let folder = folder::empty("learnt", "holes");
    let model = folder.join("best.safetensors");
    learn(&model);
    let model = path(&model);
    let mean = Scaler::fit(&measured()).means[1].to_string();
    let ask = |width: &str| {
        let data = write(&folder, "new.csv", &format!("time,width\n1e9,{width}\n"));
        printed(&["predict", "--na", "NA", "--model", &model, "--data", &data])
    };
    let filled = ask(&mean);
    assert_eq!(ask(""), filled);
    assert_eq!(ask("NA"), filled);
    assert_ne!(ask("17"), filled);
}

#[test]
fn a_network_of_several_tasks_answers_for_the_last_or_for_the_one_named() {
    let folder = folder::empty("learnt", "joint");
    let model = folder.join("joint.safetensors");
    let data = measured();
    let scaler = Scaler::fit(&data);
    let (tables, spec) = ([Table::new("t", single(&data, &scaler))], NetworkSpec::mlp(&[2, 4, 3]));
    let run = Run::new(Recipe { steps: 40, ..Recipe::at_rate(0.05) }, Seed::new(1));
    let given = multitask::Given { tables: &tables, spec: &spec };
    let mut fitted = Joint::of(Hard).fit(&given, &run).expect("it learns");
    fitted.set_scaler(Some(scaler));
    fitted.save(&model).expect("a file");
    let (model, rows) = (path(&model), write(&folder, "new.csv", &table(&data)));
    let ask = ["predict", "--model", &model, "--data", &rows];
    let sizes = fitted.predict(1, &tables[0].data.features);
    let lines: Vec<String> = sizes.as_slice().iter().map(f32::to_string).collect();
    assert_eq!(printed(&ask), format!("size\n{}\n", lines.join("\n")));
    let first = ["--task", &fitted.tasks[0].0];
    assert!(printed(&[&ask[..], &first].concat()).starts_with("kind,p(red),"));
}

#[test]
fn export_writes_the_onnx_file_of_the_task_and_says_what_it_takes() {
    let folder = folder::empty("learnt", "export");
    let model = folder.join("best.safetensors");
    learn(&model);
    let (from, to) = (path(&model), folder.join("best.onnx"));
    let told = printed(&["export", &from, &path(&to)]);
    assert!(told.contains("2 columns, as they were measured, and gives the classes red"), "{told}");
    let fitted = transfer::Fitted::<f32>::load(&model, &transfer::layers()).expect("a file");
    let bytes = fitted.onnx().expect("it has a counterpart");
    assert!(fs::read(&to).expect("a file") == bytes);
    let nowhere = folder.join("none").join("best.onnx");
    refused(&["export", &from, &path(&nowhere)], &["cannot write"]);
    refused(&["export", &from, "-"], &["name a file"]);
}

#[test]
fn the_best_network_of_a_comparison_is_saved_and_predicts_what_it_was_said_to() {
    let folder = folder::empty("learnt", "best");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data/");
    let [source, target] = ["mnist.csv", "digits.csv"].map(|name| format!("{data}{name}"));
    let model = path(&folder.join("best.safetensors"));
    let files = ["transfer", "--source", &source, "--target", &target, "--label", "digit"];
    let short = ["--seeds", "2", "--steps", "60", "--quiet", "--strategies", "fine-tuned"];
    let told = printed(&[&files[..], &short, &["--save-best", &model]].concat());
    let saved = told.lines().find(|line| line.starts_with("Saved: ")).expect("it says so");
    let score = saved.split(" it has ").nth(1).and_then(|rest| rest.get(..5)).expect("a score");
    let score: f64 = score.parse().expect("a number");

    let predicted = printed(&["predict", "--model", &model, "--data", &target]);
    let mut reader = csv::Reader::from_reader(predicted.as_bytes());
    let found: Vec<String> = reader.records().map(|line| line.expect("a line")[0].into()).collect();
    let mut reader = csv::Reader::from_path(&target).expect("a file");
    let place = reader.headers().expect("a header").iter().position(|name| name == "digit");
    let place = place.expect("a label");
    let truth: Vec<String> =
        reader.records().map(|line| line.expect("a line")[place].into()).collect();
    assert_eq!(found.len(), truth.len());
    let right = found.iter().zip(&truth).filter(|(found, truth)| found == truth).count() as f64;
    // Of all rows: half were tested on, 50 were learnt from, and the score of the test part has a
    // standard error of 0.03.
    assert!(
        (right / found.len() as f64 - score).abs() < 0.1,
        "{right} of {}; {saved}",
        found.len()
    );
    refused(&[&files[..], &["--save-best", "-"]].concat(), &["name a file"]);
    refused(&[&files[..], &["--save-best", "none/best"]].concat(), &["cannot write"]);
}

#[test]
fn the_examples_of_the_help_work_as_they_are_typed() {
    // Where the build's folder is elsewhere, this one may not be there.
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    fs::create_dir_all(build).expect("a folder");
    folder::examples_work(&["predict", "--help"]);
    folder::examples_work(&["export", "--help"]);
    folder::examples_work(&["inspect", "--help"]);
    folder::examples_work(&["strategies", "--help"]);
}
