//! What a comparison of large tables takes, where the system tells.
#![cfg(target_os = "linux")]

mod folder;

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

/// A table of so many rows of 60 features of 8 characters each, in three classes.
fn table(rows: usize, shift: u64) -> String {
    let mut state = 88_172_645_463_325_252 + shift;
    let mut text = (0..60).fold(String::new(), |text, column| text + &format!("x{column},"));
    text += "kind\n";
    for row in 0..rows {
        for column in 0..60 {
            // Xorshift: any numbers will do.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let class = if column == row % 3 { 5_000_000 } else { 0 };
            let _ = write!(text, "{}.{:06},", class / 1_000_000, state % 1_000_000);
        }
        text += ["ash\n", "elm\n", "oak\n"][row % 3];
    }
    text
}

/// The most bytes that were in memory while two tables of so many rows were compared, and the bytes of
/// both files.
fn most(rows: usize) -> (u64, u64) {
    let folder = folder::empty("memory", &rows.to_string());
    let [a, b] = [("a.csv", 0), ("b.csv", 7)].map(|(name, shift)| {
        let file = folder.join(name);
        fs::write(&file, table(rows, shift)).expect("a file");
        file
    });
    let files = [&a, &b].map(|file| fs::metadata(file).expect("it is there").len()).iter().sum();
    let [a, b] = [&a, &b].map(|file| file.to_str().expect("the build's folder is text"));
    let arguments = ["transfer", "--source", a, "--target", b, "--seeds", "1", "--steps", "5"];
    let mut command = folder::command(&[&arguments[..], &["--quiet", "--threads", "2"]].concat());
    let mut child = command.stdout(Stdio::null()).spawn().expect("the command runs");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let code = loop {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(kibibytes.unwrap_or(0) * 1024);
        if let Some(code) = child.try_wait().expect("it can be waited for") {
            break code;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(code.success(), "{code}");
    (most, files)
}

#[test]
fn two_tables_are_compared_in_less_than_four_times_the_memory_of_their_files() {
    // The difference of two sizes, without what the program itself takes.
    let [(small, few), (large, many)] = [most(300), most(8_000)];
    let (more, of) = (large.saturating_sub(small), many - few);
    assert!(
        small > 0 && more < 4 * of,
        "{more} bytes more for {of} bytes more: {}",
        more as f64 / of as f64
    );
}
