//! The picture and the table of speed are those that the recorded measurement gives.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_picture_and_the_table_of_speed_are_drawn_from_the_record() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pictures");
    let test = std::env::current_exe().expect("a test knows its own path");
    let target = test.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps");
    let fresh = target.join(format!("speed-{}", std::process::id()));
    fs::create_dir_all(&fresh).expect("the target folder can be written");
    fs::copy(recorded.join("speed.json"), fresh.join("speed.json")).expect("the record is there");
    let program = target.join("examples").join(format!("speed{}", std::env::consts::EXE_SUFFIX));
    let status = Command::new(program).arg(&fresh).status().expect("the program runs");
    assert!(status.success());
    for name in ["speed.svg", "speed.md"] {
        let read = |folder: &Path| fs::read_to_string(folder.join(name)).expect("it is there");
        assert_eq!(read(&fresh), read(&recorded), "{name}: draw it anew, see tools/speed.rs");
    }
    fs::remove_dir_all(&fresh).expect("the folder was made here");
}
