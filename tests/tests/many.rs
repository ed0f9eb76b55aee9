//! What is done tensor by tensor costs as much a tensor in a model of many as in one of few.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use autograd::{Gradients, Parameter, Tensor};
use nn::checkpoint::{self, Checkpoint, Progress};
use nn::{Adam, Optimizer, Parameters, Schedule, Seed};
use tests::files::Folder;

/// A model of many parameters of one number each, and training of it in a file.
struct Many {
    model: Vec<Parameter>,
    stopped: Checkpoint,
    file: PathBuf,
}

impl Many {
    fn new(folder: &Folder, parameters: usize) -> Self {
        let number = |i| Parameter::new(Tensor::scalar(i as f32));
        let model: Vec<Parameter> = (0..parameters).map(number).collect();
        let mut optimizer = Adam::new(&model, 0.1);
        let mut gradients = Gradients::empty();
        model.iter().for_each(|parameter| gradients.insert(parameter, Tensor::scalar(1.0)));
        optimizer.step(gradients);
        let schedule = Schedule::Constant { rate: 0.1 };
        let progress = Progress { step: 1, schedule, seed: Seed::new(1) };
        let stopped = Checkpoint::new(model.state_dict()).with_training(&optimizer, &progress);
        let file = folder.file(&parameters.to_string());
        stopped.write(&file).unwrap();
        Many { model, stopped, file }
    }
}

/// What is done with a model of many parameters.
type Task = fn(&Many);

const TASKS: [(&str, Task); 8] = [
    ("a state dict", |many| assert!(many.model.state_dict() == many.stopped.state)),
    ("its loading", |many| drop(many.model.load_state_dict(&many.stopped.state).unwrap())),
    ("a refusal", |many| {
        let part = many.stopped.state.with_prefix("part.");
        assert!(many.model.load_matching(&part).unwrap_err().to_string().contains("prefix"));
    }),
    ("other names", |many| {
        let renamed = many.stopped.state.renamed(|name| format!("part.{name}")).unwrap();
        assert!(renamed.without_prefix("part.") == many.stopped.state);
    }),
    ("taking all out", |many| {
        let mut state = many.stopped.state.clone();
        assert!(many.stopped.state.names().all(|name| state.remove(name).is_some()));
    }),
    ("a file", |many| many.stopped.write(&many.file).unwrap()),
    ("its reading and resuming", |many| {
        let mut optimizer = Adam::new(&many.model, 0.1);
        Checkpoint::read(&many.file).unwrap().resume(&many.model, &mut optimizer).unwrap();
    }),
    ("its summary", |many| {
        let text = checkpoint::inspect(&many.file).unwrap().to_string();
        assert!(text.lines().count() > 3 * many.model.len());
    }),
];

/// What is known to grow as it should, in memory that is as large: a table of the same names.
fn table(many: &Many) {
    let state = many.stopped.state.iter();
    let table: HashMap<String, Tensor> = state
        .map(|(name, value)| (name.to_owned(), Tensor::new([1], vec![value.item()])))
        .collect();
    assert!(many.stopped.state.names().all(|name| table.contains_key(name)));
}

#[test]
fn many_tensors_take_as_much_longer_than_few_as_a_table_of_them() {
    let folder = Folder::new();
    let models = [250, 4000].map(|parameters| Many::new(&folder, parameters));
    let time = |task: Task, model: &Many| {
        let start = Instant::now();
        task(model);
        start.elapsed().as_secs_f64()
    };
    for (name, task) in TASKS {
        // The shortest of some runs, a task and a table in turn: what else the machine does makes runs
        // longer, and takes caches away from both.
        let mut shortest = [[f64::INFINITY; 2]; 2];
        let mut grown = [f64::INFINITY; 2];
        // Where each is compared with each it is 16 times as much.
        for run in 0..12 {
            if run >= 4 && grown[0] < 6.0 * grown[1] {
                break;
            }
            for (place, model) in models.iter().enumerate() {
                for (shortest, task) in shortest.iter_mut().zip([task, table]) {
                    shortest[place] = shortest[place].min(time(task, model));
                }
            }
            grown = shortest.map(|[few, many]| many / few);
        }
        let [task, table] = grown;
        println!("{name}: {task:.1} times as long for 4000 as for 250, a table {table:.1} times");
        assert!(task < 6.0 * table, "{name}: {task:.1} times as long, a table {table:.1} times");
    }
}
