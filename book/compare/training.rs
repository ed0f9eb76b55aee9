//! All trainings of a comparison, seed by seed.

use autograd::parallel;

use crate::failure::Failure;
use crate::interrupt;
use crate::output::Progress;
use crate::protocol::{Protocol, SeedRuns};

/// All runs; the first seed has the machine to itself, so that its times are those of its
/// trainings, and the others run side by side. If the user breaks off, the seeds in hand are
/// finished, and the second part is false.
pub(crate) fn train(protocol: &Protocol) -> Result<(Vec<SeedRuns>, bool), Failure> {
    let progress = Progress::new(protocol.num_trainings());
    let run = |&seed: &usize| {
        let wanted = seed == 0 || !interrupt::asked();
        wanted.then(|| protocol.run(seed, protocol.steps, &|| progress.step())).transpose()
    };
    let mut seeds: Vec<SeedRuns> = run(&0)?.into_iter().collect();
    let others: Vec<usize> = (1..protocol.seeds()).collect();
    for seed in parallel::map(&others, run) {
        seeds.extend(seed?);
    }
    let whole = seeds.len() == protocol.seeds();
    Ok((seeds, whole))
}
