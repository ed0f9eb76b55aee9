//! Children that are kept short of disk, of memory and of rights.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nn::{Linear, Parameters, Seed, checkpoint};
use tests::files::{Folder, safetensors};

use crate::child;
use crate::{assert_sentence, model};

/// A model of 66 KB, more than the limits below let through.
fn large(seed: u64) -> Linear {
    Linear::new(128, 128, Seed::new(seed))
}

/// Between 8 and 16 blocks of 512 or 1024 bytes, whatever the shell counts in.
const SMALL_FILES: &str = "ulimit -c 0; ulimit -f 16;";

#[test]
fn a_disk_that_is_full_leaves_the_old_file_and_is_told_by_the_path() {
    if let Some(folder) = child::folder() {
        let file = folder.join("model.safetensors");
        let message = assert_sentence(&checkpoint::save(&file, &large(2)).expect_err("no room"));
        assert!(message.starts_with(&format!("{}: cannot write: ", file.display())), "{message}");
        return child::say_done();
    }
    let folder = Folder::new();
    let file = folder.file("model.safetensors");
    checkpoint::save(&file, &large(1)).unwrap();
    let old = fs::read(&file).unwrap();
    let test = "limits::a_disk_that_is_full_leaves_the_old_file_and_is_told_by_the_path";
    let ignoring = format!("{SMALL_FILES} trap '' XFSZ;");
    child::assert_done(&child::limited(&ignoring, test, folder.path()).output().unwrap());
    assert_eq!(fs::read(&file).unwrap(), old);
    assert_eq!(folder.names(), ["model.safetensors"], "nothing is left beside it");

    // A system that kills instead: the new file is left, and swept by the next save.
    let output = child::limited(SMALL_FILES, test, folder.path()).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(fs::read(&file).unwrap(), old);
    assert_eq!(folder.names().len(), 2, "{:?}", folder.names());
    checkpoint::save(&file, &large(2)).unwrap();
    assert_eq!(folder.names(), ["model.safetensors"]);
}

fn rights(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Rights do not bind root: then the child is nobody, who may not reach this program's folder and has
/// a copy of it in the other one.
fn child_that_rights_bind(test: &str, folder: &Path, place: &Folder) -> Command {
    let own = child::command(test, folder);
    if fs::metadata(folder).unwrap().uid() != 0 {
        return own;
    }
    let program = place.file("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    rights(&program, 0o755);
    let mut command = Command::new(&program);
    command.args(own.get_args()).current_dir("/").uid(65534).gid(65534);
    for (name, value) in own.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command
}

#[test]
fn a_folder_without_rights_leaves_the_old_file_and_is_told_by_the_path() {
    if let Some(folder) = child::folder() {
        let file = folder.join("model.safetensors");
        let refused = |path: &Path, words: &str| {
            let message = assert_sentence(&checkpoint::save(path, &model(2)).expect_err(words));
            let start = format!("{}: cannot write: ", path.display());
            assert!(message.starts_with(&start) && message.contains(words), "{message}");
        };
        refused(&file, "ermission denied");
        refused(&folder.join("another"), "ermission denied");
        let secret = folder.join("secret");
        let message = assert_sentence(&checkpoint::load(&secret, &model(2)).expect_err("secret"));
        assert!(message.starts_with(&format!("{}: cannot read: ", secret.display())), "{message}");
        checkpoint::load(&file, &model(2)).expect("reading is allowed");
        return child::say_done();
    }
    let folder = Folder::new();
    let (file, secret) = (folder.file("model.safetensors"), folder.file("secret"));
    for path in [&file, &secret] {
        checkpoint::save(path, &model(1)).unwrap();
    }
    let old = fs::read(&file).unwrap();
    rights(&file, 0o666); // the file itself may be written to: it is the folder that may not
    rights(&secret, 0o000);
    rights(folder.path(), 0o555);
    let test = "limits::a_folder_without_rights_leaves_the_old_file_and_is_told_by_the_path";
    let place = Folder::new();
    let output = child_that_rights_bind(test, folder.path(), &place).output().unwrap();
    rights(folder.path(), 0o755);
    child::assert_done(&output);
    assert_eq!(fs::read(&file).unwrap(), old);
    assert_eq!(folder.names(), ["model.safetensors", "secret"]);
}

#[cfg(target_os = "linux")]
#[test]
fn sizes_that_are_only_claimed_take_no_memory() {
    if let Some(folder) = child::folder() {
        let target = model(1);
        let before = target.state_dict();
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        for file in &names {
            let error = checkpoint::load(file, &target).expect_err("it claims what it has not");
            println!("{}", assert_sentence(&error));
            assert_eq!(target.state_dict(), before);
        }
        assert_eq!(names.len(), 7);
        return child::say_done();
    }
    let folder = Folder::new();
    let write = |name: &str, bytes: &[u8]| {
        let mut file = File::create(folder.file(name)).unwrap();
        file.write_all(bytes).unwrap();
        file
    };
    let entry = |shape: &str, end: u64| {
        format!(r#"{{"w":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
    };
    let claims = |length: u64| [&length.to_le_bytes()[..], b"{\"w\":"].concat();
    write("header of 99 MB", &claims(99_000_000));
    write("header of 2^62 bytes", &claims(1 << 62));
    write("shape of 2^62", &safetensors(&entry("[4611686018427387904]", 1 << 62), &[]));
    let wrapping = entry("[4611686018427387904,4611686018427387904]", 0);
    write("shape that wraps", &safetensors(&wrapping, &[]));
    // Holes take no room on the disk; the files have the length nonetheless.
    write("99 MB of zeros", &claims(99_000_000)).set_len(99_000_008).unwrap();
    let small = safetensors(&entry("[1]", 4), &[]);
    write("a terabyte too much", &small).set_len(1 << 40).unwrap();
    let matching = safetensors(&entry(&format!("[{}]", 1_u64 << 36), 1 << 38), &[]);
    let length = matching.len() as u64 + (1 << 38);
    write("a quarter of a terabyte that is there", &matching).set_len(length).unwrap();
    let test = "limits::sizes_that_are_only_claimed_take_no_memory";
    let output = child::limited("ulimit -v 524288;", test, folder.path()).output().unwrap();
    child::assert_done(&output);
}
