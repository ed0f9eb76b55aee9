//! Writing any file so that a crash leaves the old one or the new one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Writes a file whole or not at all: at any moment, a crash included, its name stands for the old
/// bytes or for the new ones.
///
/// The bytes go into a new file beside the old one, under a name of its own, and reach the disk
/// before it takes the old one's name; then the folder is synced. The old file's permissions are
/// kept, and a symbolic link stays one: the file it leads to is replaced. New files that earlier
/// writers of the same name left behind when they were killed are removed; one that is still being
/// written is locked and stays.
///
/// ```
/// # let file = std::env::temp_dir().join(format!("nn-replace-{}.txt", std::process::id()));
/// nn::file::replace(&file, b"the old report")?;
/// nn::file::replace(&file, b"the new report")?;
/// assert_eq!(std::fs::read(&file).unwrap(), b"the new report");
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be written, is read-only, or is a folder or device; it is then as it was.
pub fn replace(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), Error> {
    replace_with(path, |file| file.write_all(bytes))
}

/// As [`replace`], with the new bytes written by `write`, piece by piece if it likes.
///
/// If the new file is removed by others while it is written, it is written again.
///
/// # Errors
/// As [`replace`], and any error of `write`.
pub fn replace_with(
    path: impl AsRef<Path>,
    write: impl Fn(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let path = path.as_ref();
    try_to_replace(path, |file| write(file), to_disk).map_err(|source| Error::Io {
        file: path.to_owned(),
        action: "write",
        source,
    })
}

/// Makes what was written to a file, or renamed in a folder, reach the disk.
fn to_disk(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// As [`replace_with`], with [`to_disk`] handed in: no test can pull the plug, but one can see when
/// what is synced, and what a disk that fails then leaves behind.
fn try_to_replace(
    path: &Path,
    write: impl Fn(&mut File) -> io::Result<()>,
    sync: impl Fn(&File) -> io::Result<()>,
) -> io::Result<()> {
    let target = follow(path)?;
    let old = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => return Err(io::Error::other("it is no regular file")),
        Ok(old) if old.permissions().readonly() => {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
        }
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(name) = target.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has no name of a file"));
    };
    // Names have a length limit, which the new file's shall not reach before the old one's.
    let name: String = name.to_string_lossy().chars().take(48).collect();
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    sweep(folder, &name);
    for _ in 0..8 {
        let mut partial = Partial::create(folder, &name)?;
        if let Some(old) = &old {
            partial.file.set_permissions(old.permissions())?;
        }
        write(&mut partial.file)?;
        sync(&partial.file)?;
        match fs::rename(&partial.path, &target) {
            Ok(()) => {
                partial.renamed = true;
                return sync_folder(folder, sync);
            }
            // Someone swept it away between its creation and its lock; the name is never used again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("the new file was removed again and again while it was written"))
}

/// Where a path leads in the end, whether or not there is a file.
fn follow(path: &Path) -> io::Result<PathBuf> {
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::symlink_metadata(&path) {
            Ok(what) if what.is_symlink() => {
                let next = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(next);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other(format!("more than {MOST} symbolic links lead on from it")))
}

/// A file being written; removed again unless it was renamed.
struct Partial {
    path: PathBuf,
    file: File,
    renamed: bool,
}

const ENDING: &str = ".nn-partial";

impl Partial {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        // 64 bits of the system's own randomness, which no result depends on.
        let unique = RandomState::new().hash_one(name);
        let path = folder.join(format!(".{name}.{unique:016x}{ENDING}"));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        // Where a file system knows no locks, nothing is swept either.
        let _ = file.try_lock();
        Ok(Partial { path, file, renamed: false })
    }
}
impl Drop for Partial {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what killed writers of this name left behind: no process holds its lock any more.
fn sweep(folder: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let (start, length) = (format!(".{name}."), name.len() + 2 + 16 + ENDING.len());
    for entry in entries.flatten() {
        let own = entry.file_name().to_str().is_some_and(|other| {
            other.len() == length && other.starts_with(&start) && other.ends_with(ENDING)
        });
        if !own || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(file) = OpenOptions::new().write(true).open(entry.path()) else { continue };
        match file.try_lock() {
            Ok(()) => {
                let _ = fs::remove_file(entry.path());
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

/// Makes the renaming itself reach the disk, on systems where a folder can be synced.
fn sync_folder(folder: &Path, sync: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| sync(&folder)) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A folder of the test's own, removed with all that is in it at the end.
    pub(crate) struct Folder(PathBuf);
    impl Folder {
        pub(crate) fn new() -> Self {
            static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
            let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("nn-{}-{number}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }
        pub(crate) fn path(&self) -> &Path {
            &self.0
        }
    }
    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_new_bytes_take_the_old_ones_place_and_nothing_else_is_left() {
        let folder = Folder::new();
        let file = folder.path().join("model");
        for bytes in [&b"old"[..], b"newer", b""] {
            replace(&file, bytes).unwrap();
            assert_eq!(fs::read(&file).unwrap(), bytes);
            assert_eq!(names(folder.path()), ["model"]);
        }
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_alone() {
        let folder = Folder::new();
        let file = folder.path().join("model");
        replace(&file, b"old").unwrap();
        for after in 0..10 {
            let fails = |file: &mut File| {
                file.write_all(&b"new bytes!"[..after])?;
                Err(io::Error::other("no room"))
            };
            try_to_replace(&file, fails, to_disk).unwrap_err();
            assert_eq!(fs::read(&file).unwrap(), b"old");
            assert_eq!(names(folder.path()), ["model"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_new_bytes_are_on_the_disk_before_they_take_the_name_and_then_the_folder_is() {
        // What cannot be synced, such as a pipe, shows that the system is asked at all.
        let (_reader, writer) = io::pipe().unwrap();
        let pipe = File::from(std::os::fd::OwnedFd::from(writer));
        assert_eq!(to_disk(&pipe).unwrap_err().kind(), io::ErrorKind::InvalidInput);

        let folder = Folder::new();
        let file = folder.path().join("model");
        replace(&file, b"old").unwrap();
        let write = |new: &mut File| new.write_all(b"newer");
        for failing in [0, 1, 2] {
            let synced = std::cell::RefCell::new(Vec::new());
            let sync = |what: &File| {
                let what = what.metadata()?;
                let bytes = what.is_file().then_some(what.len());
                synced.borrow_mut().push((bytes, fs::read(&file)?));
                let fails = synced.borrow().len() == failing;
                if fails { Err(io::Error::other("the disk is gone")) } else { Ok(()) }
            };
            let written = try_to_replace(&file, write, sync);
            assert_eq!(written.is_ok(), failing == 0);
            let before = (Some(5), b"old".to_vec());
            let expected = [before, (None, b"newer".to_vec())];
            assert_eq!(*synced.borrow(), expected[..if failing == 1 { 1 } else { 2 }]);
            assert_eq!(
                fs::read(&file).unwrap(),
                if failing == 1 { "old" } else { "newer" }.as_bytes()
            );
            assert_eq!(names(folder.path()), ["model"]);
            replace(&file, b"old").unwrap();
        }
    }

    #[test]
    fn leftovers_of_killed_writers_are_swept_and_others_stay() {
        let folder = Folder::new();
        let at = |name: &str| folder.path().join(name);
        let dead = at(".model.0123456789abcdef.nn-partial");
        let others = [".other.0123456789abcdef.nn-partial", ".model.nn-partial", "model.bak"];
        for file in others.iter().map(|name| at(name)).chain([dead.clone()]) {
            fs::write(file, b"part").unwrap();
        }
        let alive = Partial::create(folder.path(), "model").unwrap();
        replace(at("model"), b"new").unwrap();
        assert!(!dead.exists() && alive.path.exists());
        assert!(others.iter().all(|name| at(name).exists()));
    }

    #[test]
    fn a_new_file_that_others_remove_is_written_again_but_not_for_ever() {
        let folder = Folder::new();
        let file = folder.path().join("model");
        replace(&file, b"old").unwrap();
        for (removals, expected) in [(1, &b"new"[..]), (7, b"newer"), (8, b"newer")] {
            let times = std::cell::Cell::new(0);
            let write = |new: &mut File| {
                times.set(times.get() + 1);
                if times.get() <= removals {
                    let mut others = names(folder.path());
                    others.retain(|name| name != "model");
                    fs::remove_file(folder.path().join(&others[0]))?;
                }
                new.write_all(expected)
            };
            let written = try_to_replace(&file, write, to_disk);
            assert_eq!(written.is_ok(), removals < 8, "{removals} removals");
            assert_eq!(fs::read(&file).unwrap(), expected);
            assert_eq!(
                (times.get(), names(folder.path())),
                (8.min(removals + 1), vec!["model".to_owned()])
            );
        }
    }

    #[test]
    fn many_writers_at_once_all_succeed() {
        let folder = Folder::new();
        let file = folder.path().join("model");
        std::thread::scope(|scope| {
            for writer in 0..8_u8 {
                let file = &file;
                scope.spawn(move || {
                    for _ in 0..10 {
                        replace(file, &[writer; 4096]).unwrap();
                    }
                });
            }
        });
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.len() == 4096 && bytes.iter().all(|&byte| byte == bytes[0]));
        assert_eq!(names(folder.path()), ["model"]);
    }

    #[test]
    fn a_folder_or_a_missing_one_is_refused_by_the_callers_name() {
        let folder = Folder::new();
        let error = replace(folder.path(), b"new").unwrap_err().to_string();
        let expected = format!("{}: cannot write: it is no regular file", folder.path().display());
        assert_eq!(error, expected);
        let missing = folder.path().join("none").join("model");
        let error = replace(&missing, b"new").unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: cannot write: ", missing.display())), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_a_symbolic_link_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = Folder::new();
        let (file, link) = (folder.path().join("model"), folder.path().join("latest"));
        symlink("model", &link).unwrap();
        replace(&link, b"first").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&link, b"second").unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("model"));
        assert_eq!(fs::read(&file).unwrap(), b"second");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        let error = replace(&file, b"third").unwrap_err().to_string();
        assert!(error.ends_with("cannot write: it is read-only"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"second");
    }
}
