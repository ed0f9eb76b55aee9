//! A disk that fails at the n-th byte, for every n.

use std::fs;
use std::io::{self, ErrorKind, Write};

use nn::Seed;
use nn::file;
use tests::files::Folder;
use tests::stopping::{Rule, Training};

use crate::assert_sentence;

/// A writer that takes `left` bytes, a few at a time and with interruptions, and then fails.
struct Failing<'a> {
    inner: &'a mut dyn Write,
    left: usize,
    calls: usize,
}

impl Write for Failing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(ErrorKind::Interrupted.into());
        }
        if self.left == 0 {
            return Err(io::Error::from(ErrorKind::StorageFull));
        }
        let taken = self.inner.write(&bytes[..bytes.len().min(self.left).min(7)])?;
        self.left -= taken;
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[test]
fn a_write_that_fails_at_any_byte_leaves_the_old_file() {
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    let mut training = Training::start(Rule::Adam, Seed::new(1), Seed::new(2));
    let mut step = || {
        training.train(1);
        training.save(&file).unwrap();
        fs::read(&file).unwrap()
    };
    let (new, old) = (step(), step());
    assert_ne!(old, new);
    let write = |left: usize| {
        file::replace_with(&file, |inner| Failing { inner, left, calls: 0 }.write_all(&new))
    };
    for left in 0..new.len() {
        let message = assert_sentence(&write(left).expect_err("the disk is full"));
        let expected = format!("{}: cannot write: no storage space", file.display());
        assert_eq!(message, expected);
        assert_eq!(fs::read(&file).unwrap(), old, "after {left} bytes");
        assert_eq!(folder.names(), ["training.safetensors"]);
    }
    write(new.len()).unwrap();
    assert_eq!(fs::read(&file).unwrap(), new, "short writes and interruptions lose nothing");
    println!("{} failing bytes, the old file each time", new.len());
}

#[test]
fn many_writers_of_one_file_at_once_all_succeed_and_leave_one_of_theirs() {
    let folder = Folder::new();
    let file = folder.file("report");
    let writers = 8;
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let file = &file;
            scope.spawn(move || {
                for _ in 0..5 {
                    file::replace(file, &[writer; 5000]).unwrap();
                }
            });
        }
    });
    let bytes = fs::read(&file).unwrap();
    assert!(bytes[0] < writers && bytes == [bytes[0]; 5000]);
    assert_eq!(folder.names(), ["report"]);
}
