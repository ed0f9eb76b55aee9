//! All trainings of a comparison, seed by seed.

use autograd::parallel;

use crate::failure::Failure;
use crate::interrupt;
use crate::output::Progress;
use crate::protocol::{Protocol, SeedRuns};

/// All runs. If the user breaks off, the second part is false.
pub(crate) fn train(protocol: &Protocol) -> Result<(Vec<SeedRuns>, bool), Failure> {
    let progress = Progress::new(protocol.num_trainings());
    let seeds: Vec<usize> = protocol.problem.seeds.clone().collect();
    let run = |seed| protocol.run(seed, protocol.steps, &|_| progress.step());
    let runs = of_seeds(&seeds, run, |_| Ok(()))?;
    let whole = runs.len() == protocol.seeds();
    Ok((runs, whole))
}

/// What is done for each of these seeds, `finished` told of each as it is: the first has the machine
/// to itself, so that its times are those of its trainings, and the others run side by side. If the
/// user breaks off, the seeds in hand are finished, and the others are left out.
pub(crate) fn of_seeds<R: Send>(
    seeds: &[usize],
    run: impl Fn(usize) -> Result<R, Failure> + Sync,
    finished: impl Fn(&R) -> Result<(), Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let whole = |seed| {
        let done = run(seed)?;
        finished(&done).map(|()| done)
    };
    let Some((&first, others)) = seeds.split_first() else { return Ok(vec![]) };
    let mut all = vec![whole(first)?];
    let wanted = |&seed: &usize| (!interrupt::asked()).then(|| whole(seed)).transpose();
    for done in parallel::map(others, wanted) {
        all.extend(done?);
    }
    Ok(all)
}
