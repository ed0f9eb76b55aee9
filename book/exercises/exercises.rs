//! The reader's exercises, checked:
//! `cargo test -p exercises --test stubs chapter_03` for a chapter, or
//! `... stubs 3.2` for one of them.
//!
//! The stubs to be solved are in `stubs`, a file a chapter. The command
//! that tests the workspace does not run this.

use std::process::ExitCode;
use std::sync::Mutex;

use table::Chapter;

#[macro_use]
mod table;
mod checks;
mod network;
mod scalar;
mod stubs;

const CHAPTERS: &[Chapter] = chapters!(stubs);

/// Where the last panic was.
static PLACE: Mutex<String> = Mutex::new(String::new());

/// Says of each exercise of a chapter that was asked for whether it is
/// solved; how many are, of how many.
fn report(chapter: &Chapter, asked: &[String]) -> (usize, usize) {
    let whole =
        asked.is_empty() || asked.iter().any(|a| a == chapter.name);
    let (mut solved, mut all) = (0, 0);
    for (number, exercise) in chapter.numbered() {
        if !whole && !asked.contains(&number) {
            continue;
        }
        all += 1;
        match exercise.judge() {
            Ok(()) => {
                solved += 1;
                println!("exercise {number}: solved");
            }
            Err(why) if why.starts_with("it panics") => {
                let place = PLACE.lock().map(|place| place.clone());
                let place = place.unwrap_or_default();
                println!("exercise {number}: {why} ({place})");
            }
            Err(why) => println!("exercise {number}: {why}"),
        }
    }
    if whole && solved == all {
        println!("{}", chapter.then);
    }
    (solved, all)
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        if let (Some(at), Ok(mut place)) =
            (panic.location(), PLACE.lock())
        {
            *place = at.to_string();
        }
    }));
    let arguments = std::env::args().skip(1);
    let asked: Vec<String> =
        arguments.filter(|word| !word.starts_with('-')).collect();
    let (mut solved, mut all) = (0, 0);
    for chapter in CHAPTERS {
        let (own, of) = report(chapter, &asked);
        (solved, all) = (solved + own, all + of);
    }
    println!("{solved} of {all} exercises are solved");
    if all == 0 {
        println!("ask for a chapter, chapter_03, or an exercise, 3.2");
    }
    if all > 0 && solved == all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
