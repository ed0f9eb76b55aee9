//! Training that is killed while it saves.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use nn::{Seed, generator};
use rand::RngExt;
use tests::files::Folder;
use tests::stopping::{Rule, Training};

use crate::{child, times};

const READY: &str = "the first step is saved";

/// A child goes on with training and saves after every step until it is killed. The file is then
/// that of one step, whole, and training went on as if there had been one process.
#[test]
fn training_killed_at_random_moments_of_its_saves_goes_on_as_if_it_never_was() {
    if let Some(folder) = child::folder() {
        let file = folder.join("training.safetensors");
        let mut training = Training::resume(Rule::Adam, &file).unwrap();
        for saved in 0_u64.. {
            training.train(1);
            training.save(&file).unwrap();
            if saved == 0 {
                println!("{READY}");
            }
        }
    }
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    let mut twin = Training::start(Rule::Adam, Seed::new(1), Seed::new(2));
    twin.save(&file).unwrap();
    let test = "kill::training_killed_at_random_moments_of_its_saves_goes_on_as_if_it_never_was";
    let mut random = generator(Seed::new(7));
    let (kills, mut with_leftover) = (200 * times(), 0);
    for kill in 0..kills {
        let mut child =
            child::command(test, folder.path()).stdout(Stdio::piped()).spawn().expect("a child");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line.ends_with(READY)));
        assert!(ready, "the child ended by itself: {:?}", child.wait());
        // A save takes between a tenth of a millisecond and some milliseconds.
        std::thread::sleep(Duration::from_micros(random.random_range(0..8000)));
        child.kill().expect("it runs");
        let status = child.wait().expect("it is dead");
        assert!(!status.success());

        let leftovers = folder.names().len() - 1;
        assert!(leftovers <= 1, "{:?}", folder.names());
        with_leftover += leftovers;
        let found = Training::resume(Rule::Adam, &file).expect("the file is always whole");
        let steps = found.progress.step - twin.progress.step;
        assert!(steps > 0, "kill {kill}: the step that the child said was saved is lost");
        twin.train(steps);
        assert_eq!(found.state(), twin.state(), "kill {kill}");
    }
    twin.save(&file).unwrap();
    assert_eq!(folder.names(), ["training.safetensors"], "the next save sweeps");
    println!(
        "{kills} kills, {} steps saved, {with_leftover} unfinished files swept, 0 lost",
        twin.progress.step
    );
    #[cfg(unix)]
    assert!(with_leftover > 0, "no kill met a save");
}
