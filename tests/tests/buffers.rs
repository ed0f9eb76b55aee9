//! A warm training step makes no tensor buffer. One test, so that nobody else in this process makes
//! any while it counts.

use autograd::{Parameter, Seed, Tape, Tensor, buffers_made, parallel, task_gradients};
use nn::{Linear, Module, NetworkSpec, Optimizer, Parameters, Sgd, SgdConfig};
use tests::workloads;

/// Runs `step` a few times to warm up, then asserts that it makes no more buffers.
fn assert_makes_no_buffer(what: &str, mut step: impl FnMut()) {
    (0..5).for_each(|_| step());
    let before = buffers_made();
    (0..20).for_each(|_| step());
    assert_eq!(buffers_made() - before, 0, "{what}");
}

fn batch(rows: usize, columns: usize, classes: usize) -> (Tensor, Vec<usize>) {
    let x = Tensor::from_fn([rows, columns], |i| ((i * 37) % 101) as f32 / 50.0 - 1.0);
    (x, (0..rows).map(|row| row * 7 % classes).collect())
}

#[test]
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn a_warm_training_step_makes_no_tensor_buffer() {
    parallel::with_threads(1, || {
        // By hand.
        let (x, labels) = batch(32, 10, 10);
        let ramp = |shape: [usize; 2]| {
            Parameter::new(Tensor::from_fn(shape, |i| ((i * 29) % 83) as f32 / 400.0 - 0.1))
        };
        let (w1, b1) = (ramp([50, 10]), Parameter::new(Tensor::zeros([50])));
        let (w2, b2) = (ramp([10, 50]), Parameter::new(Tensor::zeros([10])));
        assert_makes_no_buffer("a step by hand", || {
            let tape = Tape::new();
            let hidden = tape.constant(&x).linear(tape.watch(&w1), tape.watch(&b1)).relu();
            let loss = hidden.linear(tape.watch(&w2), tape.watch(&b2)).cross_entropy(&labels);
            let mut gradients = loss.backward();
            for parameter in [&w1, &b1, &w2, &b2] {
                let gradient = gradients.take(parameter).expect("the loss depends on it");
                parameter.update(gradient, |p, g| p - 0.1 * g);
            }
        });

        // Modules, small and large (buffers above 16 Ki entries are kept in another store).
        for (widths, rows, momentum) in [
            (vec![10, 50, 10], 1, 0.0),
            (vec![10, 50, 10], 256, 0.9),
            (vec![64, 256, 128, 10], 128, 0.9),
        ] {
            let (x, labels) = batch(rows, widths[0], 10);
            let model = NetworkSpec::mlp(&widths).build::<f32>(Seed::new(1));
            let config = SgdConfig { learning_rate: 0.01, momentum, ..SgdConfig::default() };
            let mut optimizer = Sgd::with_config(&model, config);
            assert_makes_no_buffer(&format!("a step of {widths:?} with {rows} rows"), || {
                let tape = Tape::training(Seed::new(2));
                let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
                optimizer.step(loss.backward());
            });
            assert_makes_no_buffer("a prediction", || drop(model.predict(&x)));
        }

        // Heads side by side on a shared trunk.
        let (x, labels) = batch(32, 16, 4);
        let seed = Seed::new(3);
        let trunk = Linear::he(16, 24, seed.child("trunk"));
        let heads: [Linear; 3] = [0, 1, 2].map(|task| Linear::he(24, 4, seed.child(task)));
        let mut all = trunk.named();
        all.extend(heads.named());
        let all: Vec<_> = all.into_iter().map(|(_, parameter)| parameter).collect();
        let mut optimizer = Sgd::new(&all, 0.05);
        assert_makes_no_buffer("heads side by side", || {
            let tape = Tape::new();
            let z = trunk.forward(tape.constant(&x)).relu();
            let losses = z.losses(&heads, |head, z| head.forward(z).cross_entropy(&labels));
            optimizer.step((losses[0] + losses[1] + losses[2]).backward());
        });
        let shared: Vec<_> = trunk.named().into_iter().map(|(_, parameter)| parameter).collect();
        assert_makes_no_buffer("gradients of the tasks apart", || {
            let tape = Tape::new();
            let z = trunk.forward(tape.constant(&x)).relu();
            let losses = heads.each_ref().map(|head| head.forward(z).cross_entropy(&labels));
            let tasks = task_gradients(&losses, &shared);
            let lengths = [0, 4, 8].map(|diagonal| tasks.gramian().as_slice()[diagonal].sqrt());
            let weights = lengths.map(|length| 1.0 / length as f32);
            optimizer.step(tasks.combined(&weights, &[1.0; 3]));
        });
    });

    // Two threads hand buffers to each other through the shared store. Which thread takes a head
    // is chance, so a buffer may be missing where it never was before; then there is one more, and
    // that ends soon.
    parallel::with_threads(2, || {
        let mut step = workloads::step("hard").expect("a known workload");
        let mut rounds = std::iter::repeat_with(|| {
            let before = buffers_made();
            for _ in 0..50 {
                step();
            }
            buffers_made() - before
        });
        let quiet = rounds.by_ref().take(100).position(|made| made == 0);
        assert!(quiet.is_some(), "heads side by side on two threads make buffers for ever");
    });

    // A prediction holds the values of two neighbouring layers at a time, however deep.
    parallel::with_threads(1, || {
        let deep = NetworkSpec::mlp(&[37; 40]).build::<f32>(Seed::new(4));
        let x = Tensor::zeros([3, 37]);
        let before = buffers_made();
        drop(deep.predict(&x));
        let made = buffers_made() - before;
        assert!(made <= 2, "a prediction through 39 layers made {made} buffers");
    });
}
