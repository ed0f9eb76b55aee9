//! Parameters that are updated, by one job or by many, and by rules that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use autograd::parallel::with_threads;
use autograd::{Parameter, Tape, Tensor, parallel};
use tests::compare::panic_of;

fn parameter() -> Parameter<f64> {
    Parameter::new(Tensor::new([2], vec![1.0, 2.0]))
}
fn ones() -> Tensor<f64> {
    Tensor::ones([2])
}

#[test]
fn a_copy_of_a_frozen_parameter_is_frozen_and_thaws_alone() {
    let p = parameter();
    assert!(!p.clone().is_frozen());
    p.freeze();
    let copy = p.clone();
    assert!(copy.is_frozen() && !copy.is_trainable());
    copy.unfreeze();
    assert!(!copy.is_frozen() && p.is_frozen());
}

#[test]
fn to_unfreeze_what_is_not_frozen_is_no_thaw() {
    let p = parameter();
    p.unfreeze();
    assert_eq!(p.thaws(), 0);
    p.freeze();
    p.freeze();
    assert_eq!(p.thaws(), 0);
    p.unfreeze();
    p.unfreeze();
    assert_eq!(p.thaws(), 1);
}

#[test]
fn whoever_wants_a_parameter_while_it_is_updated_is_refused() {
    let message = "the parameter of shape [2] is being updated by another job";
    let p = parameter();
    let wants: [(&str, &(dyn Fn() + Sync)); 5] = [
        ("value", &|| drop(p.value())),
        ("set", &|| p.set(ones())),
        ("update", &|| p.update(ones(), |p, _| p)),
        ("clone", &|| drop(p.clone())),
        ("watch", &|| drop(Tape::default().watch(&p).value())),
    ];
    for (what, want) in wants {
        let refused = panic_of(|| {
            p.update(ones(), |x, g| {
                want();
                x + g
            });
        });
        assert_eq!(refused.message, message, "{what}");
        p.set(Tensor::new([2], vec![1.0, 2.0]));
    }
    // The shape is the same whatever happens.
    p.update(ones(), |x, _| x + p.shape().len() as f64);
    assert_eq!(p.value().as_slice(), [3.0, 4.0]);
}

#[test]
fn a_rule_that_panics_marks_the_parameter_until_it_is_set() {
    let lost = "the parameter of shape [2] was lost when a rule panicked in its update: set it to a \
                value first";
    let stop = |x: f64| if x > 1.5 { panic!("stop") } else { x };
    let (p, tape) = (parameter(), Tape::default());
    let held = tape.watch(&p);
    let by_rule = || p.update(ones(), |x, _| stop(x));
    let by_rule_with_states = || p.update_with(ones(), &mut [0.0; 2], |x, _, _| stop(x));
    let updates: [&dyn Fn(); 2] = [&by_rule, &by_rule_with_states];
    for update in updates {
        assert_eq!(panic_of(update).message, "stop");
        for refused in [
            panic_of(|| drop(p.value())),
            panic_of(|| p.update(ones(), |x, _| x)),
            panic_of(|| p.update_with(ones(), &mut [0.0; 2], |x, _, _| x)),
        ] {
            assert_eq!(refused.message, lost);
        }
        assert_eq!(p.shape(), [2]);
        p.set(Tensor::new([2], vec![1.0, 2.0]));
        p.update(ones(), |x, g| x + g);
        assert_eq!(p.value().as_slice(), [2.0, 3.0]);
    }
    assert_eq!(held.value().as_slice(), [1.0, 2.0], "what a tape holds is not written to");
}

/// In the child of the test below.
const CHILD: &str = "ENGINE_CHILD";
const DONE: &str = "every round came to its end";

// A lock held over the parallel loop of an update would be waited for by a job that the updating
// thread itself runs meanwhile; with sixteen threads one of ninety rounds meets that. A child that
// hangs is killed.
#[test]
fn jobs_that_update_one_parameter_at_once_are_refused_and_never_wait_for_each_other() {
    if std::env::var_os(CHILD).is_some() {
        with_threads(16, update_at_once);
        return println!("{DONE}");
    }
    let program = std::env::current_exe().expect("a test knows its program");
    let name = "parameters::jobs_that_update_one_parameter_at_once_are_refused_and_never_wait_for_\
                each_other";
    let mut child = Command::new(program)
        .args([name, "--exact", "--nocapture"])
        .envs([(CHILD, "1"), ("RUST_BACKTRACE", "0")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let begin = Instant::now();
    while child.try_wait().expect("it is ours").is_none() {
        if begin.elapsed() > Duration::from_secs(120) {
            child.kill().expect("it runs");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().expect("it has ended");
    assert!(String::from_utf8_lossy(&output.stdout).contains(DONE), "{}", output.status);
}

fn update_at_once() {
    const ENTRIES: usize = 1_000_000;
    let p = Parameter::<f32>::new(Tensor::zeros([ENTRIES]));
    let mut applied = 0;
    for _ in 0..90 {
        let done = parallel::map(&[(); 16], |()| {
            let gradient = Tensor::ones([ENTRIES]);
            catch_unwind(AssertUnwindSafe(|| p.update(gradient, |p, g| p + g)))
        });
        for refused in done.iter().filter_map(|done| done.as_ref().err()) {
            let message = refused.downcast_ref::<String>().map(String::as_str);
            let expected = "the parameter of shape [1000000] is being updated by another job";
            assert_eq!(message, Some(expected));
        }
        applied += done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(
            p.value(),
            Tensor::full([ENTRIES], applied as f32),
            "all of an update or nothing"
        );
    }
}
