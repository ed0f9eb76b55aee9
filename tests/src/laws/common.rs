//! The laws that strategies of both crates keep.

use std::collections::BTreeSet;

use autograd::{Seed, parallel};
use nn::train::{Go, Kind, Property, Recipe};

use super::recipes;
use super::subject::{Law, Learnt, Problem, STEPS, Subject, holds};
use crate::files::Folder;
use crate::strategies::recipe;

/// These laws, to be asked of strategies with problems of one kind.
pub(super) fn laws<P: Problem>() -> Vec<Law<P>> {
    let law = |says, kept| Law { says, kept };
    vec![
        law("its description says what it is", described),
        law("a recipe out of its range is refused before training", recipe_is_checked),
        law("a network that cannot be built is refused before training", network_is_checked),
        law("batches of one row are no reason to panic", one_row),
        law("a loss that is not finite stops it at its step", stops_at_its_step),
        law("it stops when it is told to", stops_when_told),
        law("the same arguments learn the same", function_of_arguments),
        law("another seed, number of steps or label learns another", function_of_each),
        law("a row without a label is as no row", unlabelled_rows),
        law("any number of threads learns the same", threads),
        law("every step trains in training and has a seed of its own", tapes),
        law("every step is in the log, with its losses", log),
        law("what moves is counted and nothing else moves", counted),
        law("what is saved predicts the same when it is loaded", saved),
        law("numbers are learnt in their own unit", numbers),
        law("it begins as the baseline exactly if it says so", begins_as_baseline),
    ]
}

fn described<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let known = &subject.known;
    let named = !known.name.trim().is_empty() && known.name.lines().count() == 1;
    holds(named, || format!("\"{}\" is no name", known.name))?;
    let somebodys = known.article_term.is_none() || known.paper.is_some();
    holds(somebodys, || "a technique of the article names no paper".to_owned())?;
    let once = |property| known.keeps.iter().filter(|&other| other == property).count() == 1;
    holds(known.keeps.iter().all(once), || "a property is declared twice".to_owned())?;
    let sources = &known.needs.sources;
    holds(!sources.is_empty(), || format!("no number of sources is in {sources:?}"))
}

fn recipe_is_checked<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    if !subject.trains() {
        return Ok(());
    }
    for (field, change) in recipes::beyond() {
        let trial = subject.trial(&subject.problem, change(recipe(1)), 1);
        trial.refused_with(field).map_err(|why| format!("{field} is beyond its range: {why}"))?;
    }
    for (field, change) in recipes::within() {
        let trial = subject.trial(&subject.problem, change(recipe(1)), 1);
        let refusal = trial.result.err();
        let refused = matches!(refusal, Some(nn::Error::Range { .. }));
        holds(!refused, || format!("{field} at an end of its range: {}", refusal.unwrap()))?;
    }
    Ok(())
}

fn network_is_checked<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let bad = subject.problem.with_bad_networks();
    bad.iter().try_for_each(|problem| subject.tried(problem).refused_or_learnt())
}

fn one_row<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let single = Recipe { batch: Some(1), ..recipe(STEPS) };
    subject.trial(&subject.problem, single, 1).refused_or_learnt()?;
    for problem in subject.problem.with_one_row() {
        for batch in [None, Some(5)] {
            let recipe = Recipe { batch, ..recipe(STEPS) };
            subject.trial(&problem, recipe, 1).refused_or_learnt()?;
        }
    }
    Ok(())
}

fn stops_at_its_step<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    if !subject.trains() {
        return Ok(());
    }
    let mut problem = subject.problem.clone();
    for rows in problem.rows() {
        let columns = rows.size(1);
        let mut entries = rows.as_slice().to_vec();
        entries[3 * columns] = f64::NAN;
        *rows = autograd::Tensor::new(rows.shape(), entries);
    }
    // Long enough that every row's turn comes.
    let trial = subject.trial(&problem, recipe(5 * STEPS), 1);
    let Err(refusal) = &trial.result else {
        return Err("a NaN among the rows passes for learning".to_owned());
    };
    let name = subject.known.name;
    let now = trial.seen.steps.last().map_or(0, |step| step.record.step + 1);
    match refusal {
        nn::Error::Loss { strategy, step, .. } => {
            let told = *strategy == Some(name) && (*step == now || *step == 0);
            holds(told, || format!("step {now} of {name} has no finite loss, but: {refusal}"))
        }
        nn::Error::Statistic { strategy, .. } => {
            holds(*strategy == Some(name), || format!("it names another strategy: {refusal}"))
        }
        _ => trial.refused().map(|_| ()),
    }
}

fn stops_when_told<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let says = |step| if step == 2 { Go::Stop } else { Go::On };
    if subject.tried(&subject.problem).seen.steps.len() < 2 {
        return Ok(());
    }
    let trial = subject.told(&subject.problem, recipe(STEPS), 1, says);
    let steps = &trial.seen.steps;
    holds(steps.len() == 2, || format!("it goes on to step {}", steps.len()))?;
    let last = steps[1].record.step;
    match trial.result.err() {
        Some(nn::Error::Stopped { strategy, step }) => {
            let told = strategy == subject.known.name && step == last;
            holds(told, || format!("it says that {strategy} stopped after step {step}"))
        }
        other => Err(format!("instead of saying that it stopped: {other:?}")),
    }
}

fn function_of_arguments<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let (once, again) = (subject.learnt(&subject.problem)?, subject.learnt(&subject.problem)?);
    let all = |learnt: &Learnt| {
        let Learnt { log, trained, multiply_adds, .. } = learnt;
        (learnt.bits(), log.clone(), *trained, *multiply_adds)
    };
    let (once, again) = (all(&once), all(&again));
    holds(once == again, || "two fits differ".to_owned())
}

fn function_of_each<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let once = subject.learnt(&subject.problem)?.bits();
    let differs = |what: &str, recipe: Recipe, seed, problem: &P| {
        let other = subject.trial(problem, recipe, seed).result;
        let same = other.is_ok_and(|learnt| learnt.bits() == once);
        holds(!same, || format!("another {what} learns the same"))
    };
    if subject.trains() {
        differs("seed", recipe(STEPS), 2, &subject.problem)?;
        differs("number of steps", recipe(STEPS - 1), 1, &subject.problem)?;
    }
    if subject.known.needs.labelled {
        let mut problem = subject.problem.clone();
        let table = &mut problem.tables().remove(0).label_columns[0];
        if let nn::data::LabelColumn::Classes(labels) = table {
            let classes = labels.num_classes();
            labels.of_row.iter_mut().flatten().for_each(|class| *class = (*class + 1) % classes);
        }
        differs("label of every row", recipe(STEPS), 1, &problem)?;
    }
    Ok(())
}

fn unlabelled_rows<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let (mut with, mut without) = (subject.problem.clone(), subject.problem.clone());
    with.tables().remove(0).label_columns[0].forget(7);
    let table = without.tables().remove(0);
    let others: Vec<usize> = (0..table.num_rows()).filter(|&row| row != 7).collect();
    *table = table.rows(&others);
    let (with, without) = (subject.learnt(&with)?, subject.learnt(&without)?);
    holds(with.bits() == without.bits(), || "a row without a label changes something".to_owned())
}

fn threads<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let wide = subject.problem.wide();
    let whole = Recipe { batch: None, ..recipe(2) };
    let on = |threads| {
        let trial = || subject.trial(&wide, whole.clone(), 1).result;
        let result = parallel::with_threads(threads, trial);
        result.map(|learnt| learnt.bits()).map_err(|refusal| refusal.to_string())
    };
    let one = on(1)?;
    for threads in [2, 3] {
        holds(on(threads)? == one, || format!("{threads} threads learn another than one"))?;
    }
    Ok(())
}

fn tapes<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let trial = subject.tried(&subject.problem);
    let steps = &trial.seen.steps;
    if steps.iter().all(|step| step.runs.is_empty()) {
        // Its network is not the one that was given, or it trains none.
        return Ok(());
    }
    let mut seeds: BTreeSet<u64> = BTreeSet::new();
    for step in steps {
        let number = step.record.step;
        if number == 0 {
            seeds.clear();
        }
        let of_step: BTreeSet<u64> = step.runs.iter().flatten().map(|seed| seed.value()).collect();
        holds(!of_step.is_empty(), || format!("step {number} is none in training"))?;
        let own = of_step.is_disjoint(&seeds);
        holds(own, || format!("step {number} has the seed of a step before"))?;
        seeds.extend(of_step);
    }
    Ok(())
}

fn log<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let trial = subject.tried(&subject.problem);
    let learnt = trial.result.map_err(|refusal| refusal.to_string())?;
    let told: Vec<_> = trial.seen.steps.iter().map(|step| step.record.clone()).collect();
    let kept = learnt.log.len();
    holds(learnt.log == told, || format!("{} steps were told of, {kept} kept", told.len()))?;
    let mut last = None;
    for step in &trial.seen.steps {
        let (name, now) = (&step.strategy, step.record.step);
        let known = subject.known.name;
        holds(name == known, || format!("a step of \"{known}\" is told of as \"{name}\""))?;
        let follows = now == 0 || last == Some((&step.record.phase, now - 1));
        holds(follows, || format!("step {now} follows upon {last:?}"))?;
        last = Some((&step.record.phase, now));
        let losses = &step.record.losses;
        let finite = losses.iter().flatten().all(|loss| loss.is_finite());
        let any = losses.iter().any(Option::is_some);
        holds(any && finite, || format!("step {now} has the losses {losses:?}"))?;
    }
    Ok(())
}

fn counted<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let trial = subject.tried(&subject.problem);
    let trained = trial.result.map_err(|refusal| refusal.to_string())?.trained;
    let moved = trial.seen.moved();
    holds(trained == moved, || format!("{moved} numbers moved, {trained} are said to"))
}

fn saved<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let (learnt, folder) = (subject.learnt(&subject.problem)?, Folder::new());
    match (learnt.reloaded)(&folder.file("learnt.safetensors")) {
        Ok(outputs) => {
            let bits: Vec<_> = outputs.iter().map(crate::compare::bits).collect();
            holds(bits == learnt.bits(), || "what is loaded predicts another".to_owned())
        }
        Err(why) => {
            let whole = !why.is_empty() && why.lines().count() == 1;
            holds(whole, || format!("no sentence says why it cannot be saved: {why}"))
        }
    }
}

fn numbers<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let numbers = subject.problem.of_numbers(1.0, 0.0);
    if subject.known.needs.labels != Kind::Any {
        return subject.tried(&numbers).refused().map(|_| ());
    }
    let (plain, other) =
        (subject.learnt(&numbers)?, subject.learnt(&subject.problem.of_numbers(1e3, 500.0))?);
    for outputs in &plain.outputs {
        let shape = outputs.shape();
        holds(shape.axis(1) == 1, || format!("outputs for numbers are of shape {shape}"))?;
    }
    let expected: Vec<_> =
        plain.outputs.iter().map(|y| y.clone().map(|y| 1e3 * y + 500.0)).collect();
    // Numbers are learnt on their scale, so another unit changes nothing but rounding, which a few
    // steps make larger.
    other.close(&expected, 1e-8).map_err(|why| format!("in another unit: {why}"))
}

fn begins_as_baseline<P: Problem>(subject: &Subject<'_, P>) -> Result<(), String> {
    let run = || nn::train::Run::new(recipe(0), Seed::new(1));
    let begun = subject.trial(&subject.problem, recipe(0), 1).result;
    let baseline =
        (subject.baseline)(&subject.problem, &run()).map_err(|refusal| refusal.to_string())?;
    // Equal columns mixed with shares that sum to 1 are themselves up to rounding.
    let apart = match &begun {
        Ok(begun) => begun.close(&baseline.outputs, 1e-12).err(),
        Err(refusal) => Some(refusal.to_string()),
    };
    let declared = subject.known.keeps.contains(&Property::BeginsAsBaseline);
    match apart {
        Some(why) if declared => Err(format!("it does not begin as the baseline: {why}")),
        None if !declared => Err("it begins as the baseline and does not say so".to_owned()),
        _ => Ok(()),
    }
}
