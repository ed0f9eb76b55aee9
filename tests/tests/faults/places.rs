//! Files that are no files: folders, links, pipes, devices.

use std::fs;

use nn::{Parameters, checkpoint};
use tests::files::Folder;

use crate::{assert_sentence, model};

#[test]
fn a_target_that_is_no_file_is_refused_by_the_callers_name() {
    let folder = Folder::new();
    fs::create_dir(folder.file("folder")).unwrap();
    fs::write(folder.file("file"), "old").unwrap();
    for (name, words) in [
        ("folder", "it is no regular file"),
        ("missing/model", "No such file"),
        ("file/model", "Not a directory"),
        ("folder/..", "it is no regular file"),
    ] {
        let path = folder.file(name);
        let message = assert_sentence(&checkpoint::save(&path, &model(1)).expect_err(name));
        assert!(message.starts_with(&format!("{}: cannot write: ", path.display())), "{message}");
        assert!(!cfg!(target_os = "linux") || message.contains(words), "{message}");
    }
    assert_sentence(&checkpoint::save("", &model(1)).expect_err("no name"));
    assert_eq!(fs::read(folder.file("file")).unwrap(), b"old");
    assert_eq!(folder.names(), ["file", "folder"]);
    assert_eq!(fs::read_dir(folder.file("folder")).unwrap().count(), 0);
}

#[test]
fn an_input_that_is_no_file_is_refused_at_once() {
    let folder = Folder::new();
    let target = model(1);
    let before = target.state_dict();
    let mut inputs = vec![
        (folder.path().to_owned(), "this is a folder"),
        (folder.file("none"), "cannot read: "),
        (folder.file("none").join("model"), "cannot read: "),
    ];
    if cfg!(target_os = "linux") {
        for device in ["/dev/zero", "/dev/null", "/dev/full"] {
            inputs.push((device.into(), "this is no regular file"));
        }
    }
    #[cfg(unix)]
    {
        let (pipe, around) = (folder.file("pipe"), folder.file("around"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        inputs.push((pipe, "this is no regular file"));
        std::os::unix::fs::symlink("around", &around).unwrap();
        inputs.push((around, "cannot read: "));
    }
    for (path, words) in inputs {
        let message = assert_sentence(&checkpoint::load(&path, &target).expect_err(words));
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        assert!(message.contains(words), "{message}");
        assert_eq!(target.state_dict(), before);
    }
}

#[test]
fn a_long_name_and_one_that_a_terminal_would_obey_are_shown_short_and_plain() {
    let long = format!("{}/model", "folder/".repeat(500));
    for path in [long.as_str(), "no\u{1b}[2J\nsuch"] {
        assert_sentence(&checkpoint::load(path, &model(1)).expect_err("there is none"));
        assert_sentence(&checkpoint::save(format!("{path}/x"), &model(1)).expect_err("no folder"));
    }
    // As long as a name can be: the new file's own must not be longer.
    let folder = Folder::new();
    let file = folder.file(&"m".repeat(255));
    checkpoint::save(&file, &model(1)).unwrap();
    checkpoint::load(&file, &model(2)).unwrap();
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_the_mode_stays_the_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    fs::create_dir(folder.file("runs")).unwrap();
    let (link, second) = (folder.file("latest"), folder.file("second"));
    symlink("runs/model", &link).unwrap();
    symlink("latest", &second).unwrap();
    let file = folder.file("runs/model");
    for (seed, mode) in [(1, 0o600), (2, 0o640), (3, 0o644)] {
        checkpoint::save(&second, &model(seed)).unwrap();
        if seed > 1 {
            let kept = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            assert_eq!(kept, if seed == 2 { 0o600 } else { 0o640 });
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(fs::read_link(&second).unwrap(), std::path::Path::new("latest"));
        assert_eq!(fs::read_link(&link).unwrap(), std::path::Path::new("runs/model"));
        let loaded = model(9);
        checkpoint::load(&link, &loaded).unwrap();
        assert_eq!(loaded.state_dict(), model(seed).state_dict());
    }
    assert_eq!(folder.names(), ["latest", "runs", "second"]);
}
