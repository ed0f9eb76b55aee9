//! The laws of strategies that learn several tasks together.

use autograd::{Seed, Tensor};
use multitask::{Architecture, Fitted, Given, SingleTask, Strategy, Table, architectures};
use nn::data::LabelColumn;
use nn::train::{Kind, Needs, Property, Run};
use nn::{Dataset, NetworkSpec};

use super::common;
use super::spy::SpyConfig;
use super::subject::{Law, Learnt, Problem, Subject, holds, judged, probes_of};
use super::{Broken, bad_networks, networks, wide_network};
use crate::strategies::{CLASSES, as_numbers, data, tables};

/// The laws that a strategy breaks, if its architecture is one of `multitask`'s.
///
/// # Panics
/// If the strategy panics while it describes itself.
pub fn multitask(strategy: &dyn Strategy<f64>) -> Vec<Broken> {
    multitask_with(strategy, architectures)
}

/// The laws that a strategy breaks, if its architecture is one of these.
///
/// # Panics
/// If the strategy panics while it describes itself.
pub fn multitask_with(
    strategy: &dyn Strategy<f64>,
    architectures: fn() -> Vec<Box<dyn Architecture<f64>>>,
) -> Vec<Broken> {
    let known = strategy.describe();
    let subjects = networks(|spec, spy| {
        let problem = Tables::of(&known.needs, &spec);
        let learn = move |strategy: &dyn Strategy<f64>, problem: &Tables, run: &Run<'_, f64>| {
            let fitted = strategy.fit(&problem.given(), run);
            fitted.map(|fitted| learnt(fitted, problem.widths(), architectures))
        };
        Subject {
            known: known.clone(),
            problem,
            spy,
            strategy: Box::new(move |problem, run| learn(strategy, problem, run)),
            baseline: Box::new(move |problem, run| learn(&SingleTask, problem, run)),
        }
    });
    judged(&laws(), &subjects)
}

/// The sentences of all laws that [`multitask()`] asks.
pub fn multitask_laws() -> Vec<&'static str> {
    laws().into_iter().map(|law| law.says).collect()
}

fn laws() -> Vec<Law<Tables>> {
    let law = |says, kept| Law { says, kept };
    let own = vec![
        law("what does not meet its needs is refused before training", unmet_needs),
        law("what meets its needs is learnt", met_needs),
        law("tables that cannot be learnt are refused before training", wrong_tables),
        law("each column of a table is a task", columns_are_tasks),
        law("a task of weight 0 teaches nothing", weight_0),
        law("rows of another width are learnt behind an adapter", adapters),
        law("a task alone is learnt as by the baseline exactly if it says so", one_task),
        law("the order of tasks changes something unless it says otherwise", order),
    ];
    own.into_iter().chain(common::laws()).collect()
}

/// What a strategy is given.
#[derive(Clone)]
struct Tables {
    tables: Vec<Table<f64>>,
    spec: NetworkSpec,
}

impl Tables {
    /// Two tables of a task each, if the needs allow so many.
    fn of(needs: &Needs, spec: &NetworkSpec) -> Self {
        let others = (*needs.sources.start()).max(1).min(*needs.sources.end());
        let mut problem = Self { tables: tables(others + 1, Seed::new(1)), spec: spec.clone() };
        if needs.labels == Kind::TwoClasses {
            for (number, table) in problem.tables.iter_mut().enumerate() {
                table.data = data(9 + 4 * number, &CLASSES[..2], Seed::new(1).child(number));
            }
        }
        problem
    }

    fn given(&self) -> Given<'_, f64> {
        let Self { tables, spec } = self;
        Given { tables, spec }
    }

    /// The width of each task's rows.
    fn widths(&self) -> Vec<usize> {
        let of_table =
            |table: &Table<f64>| vec![table.data.num_columns(); table.data.label_columns.len()];
        self.tables.iter().flat_map(of_table).collect()
    }

    fn with(&self, tables: Vec<Table<f64>>) -> Self {
        Self { tables, ..self.clone() }
    }
}

impl Problem for Tables {
    fn tables(&mut self) -> Vec<&mut Dataset<f64>> {
        self.tables.iter_mut().map(|table| &mut table.data).collect()
    }
    fn with_one_row(&self) -> Vec<Self> {
        let mut other = self.clone();
        let data = other.tables().remove(0);
        *data = data.rows(&[0]);
        vec![other]
    }
    fn wide(&self) -> Self {
        let mut wide = Self { spec: wide_network(), ..self.clone() };
        for (number, table) in wide.tables().into_iter().enumerate() {
            let classes = table.labels().classes.clone();
            let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
            *table = data(48, &classes, Seed::new(2).child(number));
        }
        wide
    }
    fn of_numbers(&self, factor: f64, shift: f64) -> Self {
        let mut other = self.clone();
        for table in other.tables() {
            *table = as_numbers(table, factor, shift);
        }
        other
    }
    fn with_bad_networks(&self) -> Vec<Self> {
        bad_networks().into_iter().map(|spec| Self { spec, ..self.clone() }).collect()
    }
}

fn learnt(
    fitted: Fitted<f64>,
    widths: Vec<usize>,
    architectures: fn() -> Vec<Box<dyn Architecture<f64>>>,
) -> Learnt {
    let predicted = move |fitted: &Fitted<f64>| -> Vec<Tensor<f64>> {
        let predict = |(task, &width)| fitted.predict(task, &probes_of(width));
        widths.iter().enumerate().map(predict).collect()
    };
    Learnt {
        outputs: predicted(&fitted),
        log: fitted.log.clone(),
        trained: fitted.trained,
        multiply_adds: fitted.multiply_adds,
        reloaded: Box::new(move |path| {
            fitted.save(path).map_err(|error| error.to_string())?;
            let layers = nn::Layers::new().with::<SpyConfig>();
            let again = Fitted::load(path, &architectures(), &layers);
            let again = again.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again.tasks, fitted.tasks, "the tasks come back as others");
            Ok(predicted(&again))
        }),
    }
}

fn unmet_needs(subject: &Subject<'_, Tables>) -> Result<(), String> {
    let (known, problem) = (&subject.known, &subject.problem);
    let (least, most) = (*known.needs.sources.start(), *known.needs.sources.end());
    let mut unmet = vec![];
    if least > 0 {
        unmet.push((problem.with(problem.tables[..least].to_vec()), Some(3)));
    }
    if most < usize::MAX {
        unmet.push((problem.with(tables(most + 2, Seed::new(1))), Some(3)));
    }
    if known.needs.labels == Kind::TwoClasses {
        unmet.push((problem.with(tables(problem.tables.len(), Seed::new(1))), Some(3)));
    }
    if known.needs.labels != Kind::Any {
        unmet.push((problem.of_numbers(1.0, 0.0), None));
    }
    for (problem, classes) in unmet {
        let why = known.needs.unmet(problem.tables.len() - 1, true, true, classes);
        let sentence = format!("{} {}", known.name, why.unwrap_or_default());
        subject.tried(&problem).refused_with(&sentence)?;
    }
    Ok(())
}

fn met_needs(subject: &Subject<'_, Tables>) -> Result<(), String> {
    let (needs, problem) = (&subject.known.needs, &subject.problem);
    let number = |tasks: &usize| needs.sources.contains(&(tasks - 1));
    for tasks in [1, 2, 3].into_iter().filter(number) {
        let mut all = tables(tasks, Seed::new(1));
        for (table, of_needs) in all.iter_mut().zip(&problem.tables) {
            table.data = of_needs.data.clone();
        }
        let learnt = subject.learnt(&problem.with(all)).and_then(|learnt| learnt.finite());
        learnt.map_err(|why| format!("{tasks} tasks: {why}"))?;
    }
    Ok(())
}

fn wrong_tables(subject: &Subject<'_, Tables>) -> Result<(), String> {
    type Change = fn(&mut Vec<Table<f64>>);
    let changes: [(&str, &str, Change); 10] = [
        ("no table", "no task", Vec::clear),
        ("a name twice", "\"a\"", |tables| {
            let again = tables[0].clone();
            tables.push(again);
        }),
        ("no column of labels", "\"a\"", |tables| tables[0].data.label_columns.clear()),
        ("no known label", "\"a\"", |tables| {
            let data = &mut tables[0].data;
            (0..data.num_rows()).for_each(|row| data.label_columns[0].forget(row));
        }),
        ("rows of another width", "7", |tables| widen(&mut tables[0].data)),
        ("a batch of no row", "batch", |tables| tables[0].batch = Some(0)),
        ("a weight below 0", "weight", |tables| tables[0].weight = -f64::from_bits(1)),
        ("an infinite weight", "weight", |tables| tables[0].weight = f64::INFINITY),
        ("a weight that is no number", "weight", |tables| tables[0].weight = f64::NAN),
        ("no weight at all", "weight", |tables| {
            tables.iter_mut().for_each(|table| table.weight = 0.0);
        }),
    ];
    for (what, words, change) in changes {
        let mut problem = subject.problem.clone();
        change(&mut problem.tables);
        subject.tried(&problem).refused_with(words).map_err(|why| format!("{what}: {why}"))?;
    }
    Ok(())
}

/// Gives rows a column more.
fn widen(data: &mut Dataset<f64>) {
    let rows = data.num_rows();
    let more = nn::init::normal([rows, 1], 1.0, Seed::new(5));
    data.features = Tensor::concatenate(&[data.features.clone(), more], 1);
    data.columns.push("6".to_owned());
}

fn columns_are_tasks(subject: &Subject<'_, Tables>) -> Result<(), String> {
    if !subject.known.needs.sources.contains(&1) {
        return Ok(());
    }
    let mut table = subject.problem.tables[0].clone();
    let mut second = table.data.label_columns[0].clone();
    if let LabelColumn::Classes(labels) = &mut second {
        "second".clone_into(&mut labels.name);
        labels.of_row.reverse();
    }
    table.data.label_columns.push(second);
    let learn = |change: &dyn Fn(&mut Dataset<f64>)| {
        let mut table = table.clone();
        change(&mut table.data);
        subject.learnt(&subject.problem.with(vec![table]))
    };
    let tasks = learn(&|_| ())?.outputs.len();
    holds(tasks == 2, || format!("two columns are {tasks} tasks"))?;
    // A row that lacks the label of one task counts for the other alone; without both it is no row.
    let first = learn(&|data| data.label_columns[0].forget(7))?;
    let both = learn(&|data| data.label_columns.iter_mut().for_each(|column| column.forget(7)))?;
    let others: Vec<usize> = (0..table.data.num_rows()).filter(|&row| row != 7).collect();
    let without = learn(&|data| *data = data.rows(&others))?;
    holds(both.bits() == without.bits(), || "a row without any label counts".to_owned())?;
    let counts = first.bits() != without.bits();
    holds(counts, || "a row without one task's label does not count for the other".to_owned())
}

fn weight_0(subject: &Subject<'_, Tables>) -> Result<(), String> {
    let problem = &subject.problem;
    if problem.tables.len() < 2 {
        return Ok(());
    }
    let with_labels_turned = |turn: usize| {
        let mut problem = problem.clone();
        let last = problem.tables.last_mut().expect("there are two");
        last.weight = 0.0;
        if let LabelColumn::Classes(labels) = &mut last.data.label_columns[0] {
            let classes = labels.num_classes();
            labels.of_row.iter_mut().flatten().for_each(|class| *class = (*class + turn) % classes);
        }
        subject.learnt(&problem)
    };
    let same = with_labels_turned(0)?.bits() == with_labels_turned(1)?.bits();
    holds(same, || "the labels of a task of weight 0 change something".to_owned())
}

fn adapters(subject: &Subject<'_, Tables>) -> Result<(), String> {
    let mut problem = subject.problem.clone();
    let table = &mut problem.tables[0];
    widen(&mut table.data);
    table.adapted = true;
    let learnt = subject.learnt(&problem)?;
    learnt.finite()?;
    let folder = crate::files::Folder::new();
    let Ok(outputs) = (learnt.reloaded)(&folder.file("learnt.safetensors")) else { return Ok(()) };
    let same = outputs.iter().zip(&learnt.outputs).all(|(a, b)| a == b);
    holds(same, || "what is loaded behind an adapter predicts another".to_owned())
}

fn one_task(subject: &Subject<'_, Tables>) -> Result<(), String> {
    let declared = subject.known.keeps.contains(&Property::OneTaskIsBaseline);
    let alone = subject.problem.with(subject.problem.tables[..1].to_vec());
    let trial = subject.tried(&alone).result;
    let run = Run::new(crate::strategies::recipe(super::subject::STEPS), Seed::new(1));
    let baseline = (subject.baseline)(&alone, &run).map_err(|refusal| refusal.to_string())?;
    let same = trial.is_ok_and(|learnt| learnt.bits() == baseline.bits());
    match same {
        true if !declared => Err("it learns as the baseline does and does not say so".to_owned()),
        false if declared => Err("it learns another than the baseline does".to_owned()),
        _ => Ok(()),
    }
}

fn order(subject: &Subject<'_, Tables>) -> Result<(), String> {
    let declared = subject.known.keeps.contains(&Property::IgnoresOrder);
    let [first, second, ..] = &subject.problem.tables[..] else { return Ok(()) };
    // Masks are drawn, and running statistics moved, by one table after the other.
    if subject.problem.spec.needs_two_rows() {
        return Ok(());
    }
    let two = subject.problem.with(vec![first.clone(), second.clone()]);
    let swapped = subject.problem.with(vec![second.clone(), first.clone()]);
    if !subject.known.needs.sources.contains(&1) {
        return Ok(());
    }
    let (there, mut back) = (subject.learnt(&two)?.bits(), subject.learnt(&swapped)?.bits());
    back.reverse();
    // Bit for bit: a sum of two does not depend on their order.
    match there == back {
        true if !declared => {
            Err("it ignores the order of two tasks and does not say so".to_owned())
        }
        false if declared => Err("two tasks in another order learn another".to_owned()),
        _ => Ok(()),
    }
}
