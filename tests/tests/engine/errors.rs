//! A wrong shape is a bug in the caller's program: the panic blames the caller's line, in one
//! sentence that names the operation and the shapes. Every message stands here once.

use autograd::{
    CrossEntropyConfig, Gradients, Parameter, Reduction, Shape, Tape, Tensor, Var, concatenate,
    stack, task_gradients, weighted_sum,
};
use nn::{Linear, Module, Relu, Seed, Sequential};
use tests::compare::panic_of;

/// Runs `f`, which must be refused with this message, and blamed on the place where it stands.
#[track_caller]
fn refuses<T>(message: &str, f: impl FnOnce() -> T) {
    let here = std::panic::Location::caller();
    let blame = panic_of(|| drop(f()));
    assert_eq!(blame.message, message);
    assert_eq!(blame.file, here.file(), "{message}");
    // A call and its closure take at most a few lines; the next call is further below.
    let lines = here.line()..here.line() + 4;
    assert!(lines.contains(&blame.line), "{message}: line {} is blamed", blame.line);
}

/// A leaf of this shape.
fn leaf<const N: usize>(tape: &Tape, shape: [usize; N]) -> Var<'_> {
    tape.leaf(Tensor::ones(shape))
}

#[test]
fn arithmetic_of_shapes_that_do_not_broadcast() {
    let tape = Tape::new();
    let (x, y) = (leaf(&tape, [2, 3]), leaf(&tape, [4]));
    let rule = "aligned at the last axis, sizes must be equal or 1";
    refuses(&format!("cannot add [2, 3] and [4]: {rule}"), || x + y);
    refuses(&format!("cannot subtract [2, 3] and [4]: {rule}"), || x - y);
    refuses(&format!("cannot multiply [2, 3] and [4]: {rule}"), || x * y);
    refuses(&format!("cannot divide [2, 3] and [4]: {rule}"), || x / y);
    refuses(&format!("cannot take the maximum of [2, 3] and [4]: {rule}"), || x.maximum(y));
    refuses(&format!("cannot take the minimum of [2, 3] and [4]: {rule}"), || x.minimum(y));
    refuses(&format!("cannot broadcast [2, 3] to [3, 2]: {rule}"), || x.broadcast_to([3, 2]));
    refuses("cannot choose between [2, 3] and [4] by a mask of 6 entries", || {
        x.where_mask(&[true; 6], y)
    });
    refuses("cannot choose between [4] and [4] by a mask of 3 entries", || {
        y.where_mask(&[true; 3], y)
    });
    refuses("cannot clamp between 1 and 0", || x.clamp(1.0, 0.0));
}

#[test]
fn products_whose_sizes_do_not_fit() {
    let tape = Tape::new();
    let (x, y, v) = (leaf(&tape, [32, 64]), leaf(&tape, [10, 5]), leaf(&tape, [64]));
    refuses("cannot multiply [32, 64] by [10, 5]: the inner sizes 64 and 10 differ", || {
        x.matmul(y)
    });
    refuses(
        "cannot multiply [32, 64] transposed by [10, 5]: the inner sizes 32 and 10 differ",
        || x.matmul_tn(y),
    );
    refuses(
        "cannot multiply [32, 64] by [10, 5] transposed: the inner sizes 64 and 5 differ",
        || x.matmul_nt(y),
    );
    refuses("cannot multiply [32, 64] by [64]: a matrix has two axes or more", || x.matmul(v));
    let (a, b) = (leaf(&tape, [2, 4, 5]), leaf(&tape, [3, 5, 4]));
    refuses(
        "cannot multiply [2, 4, 5] by [3, 5, 4]: the leading axes [2] and [3] do not broadcast",
        || a.matmul(b),
    );
    refuses(
        "a linear map of weight [10, 5] needs a bias of its outputs, not one of shape [64]",
        || x.linear(y, v),
    );
    let bias = leaf(&tape, [10]);
    let message = "cannot apply a linear map of weight [10, 5] [outputs, inputs] to [32, 64]: \
                   the sizes of the inputs differ";
    refuses(message, || x.linear(y, bias));
    let number = tape.leaf(1.0);
    refuses("a linear map needs inputs of shape [.., inputs], not a single number", || {
        number.linear_no_bias(y)
    });
}

#[test]
fn reductions_over_axes_that_are_not_there() {
    let tape = Tape::new();
    let (x, empty) = (leaf(&tape, [2, 3]), leaf(&tape, [2, 0]));
    refuses("cannot reduce axis 2 of shape [2, 3]: it has 2 axes", || x.sum_axes(&[2]));
    refuses("cannot reduce axis 1 of shape [2, 3] twice", || x.logsumexp_axes(&[1, 1]));
    refuses("the mean over axes [1] of shape [2, 0] is that of no entries", || {
        empty.mean_axes(&[1])
    });
    refuses("the mean over axes [0, 1] of shape [2, 0] is that of no entries", || empty.mean());
    refuses("the maximum over axes [1] of shape [2, 0] is that of no entries", || {
        empty.max_axes(&[1])
    });
    refuses("the minimum over axes [1] of shape [2, 0] is that of no entries", || {
        empty.min_axes(&[1])
    });
    let one = leaf(&tape, [2, 1]);
    refuses("the variance over axes [1] of shape [2, 1] with ddof 1 is that of 1 entries", || {
        one.var_axes(&[1], 1)
    });
    refuses("rows of shape [2, 0] have no largest entry", || empty.value().argmax_rows());
}

#[test]
fn moves_of_entries_that_do_not_fit() {
    let tape = Tape::new();
    let (x, v) = (leaf(&tape, [2, 3]), leaf(&tape, [4]));
    refuses("cannot reshape [2, 3] to [4]: 6 entries are not 4", || x.reshape([4]));
    refuses("cannot permute the axes of [2, 3] by [0, 0]: each must be named once", || {
        x.permute(&[0, 0])
    });
    refuses("cannot transpose [4]: it has fewer than two axes", || v.transpose());
    refuses("cannot take 1..5 in steps of 1 on axis 0 of [4]", || v.slice(0, 1..5));
    refuses("cannot take 0..4 in steps of 0 on axis 0 of [4]", || v.slice_step(0, 0..4, 0));
    refuses("cannot select on axis 1 of [4]", || v.index_select(1, &[0]));
    refuses("cannot select index 4 on axis 0 of [4]", || v.index_select(0, &[4]));
    refuses("cannot select index 3 on axis 1 of [2, 3]", || x.gather_rows(&[0, 3]));
    refuses("cannot gather 3 indices from the rows of [2, 3]", || x.gather_rows(&[0, 1, 2]));
    refuses("cannot concatenate no tensors", || concatenate::<f32>(&[], 0));
    refuses("cannot concatenate on axis 1 of [4]", || concatenate(&[v, v], 1));
    refuses("cannot concatenate [2, 3] and [4] on axis 0: other sizes differ", || {
        concatenate(&[x, v], 0)
    });
    refuses("cannot stack no tensors", || stack::<f32>(&[], 0));
    refuses("cannot stack [4] on axis 2", || stack(&[v, v], 2));
    refuses("cannot stack [2, 3] and [4]: shapes differ", || stack(&[x, v], 0));
    refuses(
        "cannot reduce [2, 3] to [2]: aligned at the last axis, sizes must be equal or 1",
        || x.value().sum_to([2]),
    );
}

#[test]
fn labels_and_logits_that_do_not_fit() {
    let tape = Tape::new();
    let (logits, vector) = (leaf(&tape, [2, 3]), leaf(&tape, [4]));
    refuses("the label 3 of row 1 is not below the 3 classes of logits [2, 3]", || {
        logits.cross_entropy(&[0, 3])
    });
    let needs = "cross-entropy needs logits [rows, classes] and a label for each row";
    refuses(&format!("{needs}, not logits [2, 3] and 1 labels"), || logits.cross_entropy(&[0]));
    refuses(&format!("{needs}, not logits [4] and 4 labels"), || vector.cross_entropy(&[0; 4]));
    let none = leaf(&tape, [0, 3]);
    refuses("the mean cross-entropy of no rows has no value", || none.cross_entropy(&[]));
    let config = CrossEntropyConfig::default();
    refuses("the label 7 of row 0 is not below the 3 classes of logits [2, 3]", || {
        logits.cross_entropy_with(&[Some(7), None], &config)
    });
    refuses(&format!("{needs}, not logits [2, 3] and 3 labels"), || {
        logits.cross_entropy_with(&[None; 3], &config)
    });
    let smoothed = CrossEntropyConfig { label_smoothing: 1.5, ..config.clone() };
    refuses("label smoothing 1.5 is not in 0..=1", || {
        logits.cross_entropy_with(&[None; 2], &smoothed)
    });
    let below = CrossEntropyConfig { label_smoothing: -0.1, ..config.clone() };
    refuses("label smoothing -0.1 is not in 0..=1", || {
        logits.cross_entropy_with(&[None; 2], &below)
    });
    for (weight, shown) in [(-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let class_weights = Some(vec![0.0, 1.0, weight]);
        let config = CrossEntropyConfig { class_weights, ..config.clone() };
        let rule = "class weights are finite and not negative, but that of class 2 is";
        refuses(&format!("{rule} {shown}"), || logits.cross_entropy_with(&[Some(0); 2], &config));
    }
    let weighted = CrossEntropyConfig { class_weights: Some(vec![1.0; 2]), ..config };
    refuses("2 class weights do not fit logits [2, 3]", || {
        logits.cross_entropy_with(&[None; 2], &weighted)
    });
}

#[test]
fn values_and_targets_that_do_not_fit() {
    let tape = Tape::new();
    let (x, v, none) = (leaf(&tape, [2, 3]), leaf(&tape, [3]), leaf(&tape, [0, 3]));
    let (t, mean) = (Tensor::ones([3, 2]), Reduction::Mean);
    let message = "a loss of values [2, 3] needs targets of that shape, not [3, 2]";
    refuses(message, || x.mse(&t, mean));
    refuses(message, || x.l1(&t, mean));
    refuses(message, || x.huber(&t, 1.0, mean));
    refuses(message, || x.bce_with_logits(&t, mean));
    for (delta, shown) in [(0.0, "0"), (-1.0, "-1"), (f32::NAN, "NaN")] {
        refuses(&format!("Huber's delta is positive, not {shown}"), || x.huber(&t, delta, mean));
    }
    refuses("the mean over axes [0, 1] of shape [0, 3] is that of no entries", || {
        none.mse(&none.value(), mean)
    });
    let needs = "cross-entropy needs logits [rows, classes] and targets of that shape";
    refuses(&format!("{needs}, not [2, 3] and [3, 2]"), || x.cross_entropy_soft(&t, mean));
    refuses(&format!("{needs}, not [3] and [3]"), || v.cross_entropy_soft(&v.value(), mean));
    refuses(&format!("{needs}, not [2, 3] and [3, 2]"), || x.kl_divergence(&t));
    let needs = "distillation needs student's and teacher's logits of one shape";
    refuses(&format!("{needs}, not [2, 3] and [3, 2]"), || x.distillation(&t, 1.0));
    for (temperature, shown) in [(0.0, "0"), (f32::INFINITY, "inf"), (f32::NAN, "NaN")] {
        refuses(&format!("a temperature is positive and finite, not {shown}"), || {
            x.distillation(&x.value(), temperature)
        });
    }
}

#[test]
fn axes_and_units_that_do_not_fit() {
    let tape = Tape::new();
    let (x, v, three) = (leaf(&tape, [2, 3]), leaf(&tape, [2]), leaf(&tape, [3]));
    refuses("cannot reduce axis 2 of shape [2, 3]: it has 2 axes", || x.softmax(2));
    refuses("cannot reduce axis 2 of shape [2, 3]: it has 2 axes", || x.log_softmax(2));
    refuses("cannot reduce axis 2 of shape [2, 3]: it has 2 axes", || x.normalize_axes(&[2], 1e-5));
    refuses("cannot normalise [0] over axes [0]: no entries", || {
        leaf(&tape, [0]).normalize_axes(&[0], 1e-5)
    });
    let needs = "needs a weight and a bias of its last axis, not [2] and [3]";
    refuses(&format!("layer normalisation of [2, 3] {needs}"), || x.layer_norm(v, three, 1e-5));
    refuses(&format!("batch normalisation of [2, 3] {needs}"), || x.batch_norm(v, three, 1e-5));
    refuses("batch normalisation takes a matrix, not [3]", || three.batch_norm(three, three, 1e-5));
    let (good, bad) = (three.value(), v.value());
    let message =
        "batch normalisation of weight [3] needs statistics of that shape, not [3] and [2]";
    refuses(message, || x.batch_norm_with(three, three, &good, &bad, 1e-5));
    refuses("a weighted sum needs a variable", || weighted_sum(v, &[]));
    let message = "a weighted sum of 1 variables needs as many weights, not a tensor of shape [2]";
    refuses(message, || weighted_sum(v, &[x]));
    refuses("cannot add [2, 3] and [2] in a weighted sum: the shapes differ", || {
        weighted_sum(v, &[x, v])
    });
    refuses("an embedding table is a matrix, not [3]", || three.embedding(&[0]));
}

#[test]
fn sweeps_from_what_is_no_loss() {
    let tape = Tape::new();
    let x = leaf(&tape, [2, 3]);
    let message = "backward needs a loss of one number, not one of shape [2, 3]: reduce it, or \
                   give a cotangent to `backward_from`";
    refuses(message, || x.backward());
    refuses("a cotangent of shape [2] does not fit a variable of shape [2, 3]", || {
        x.backward_from(Tensor::ones([2]))
    });
    refuses("a task's loss must be one number, not of shape [2, 3]", || {
        task_gradients(&[x.sum(), x], &[])
    });
    refuses("there are no losses to sweep", || task_gradients::<f32>(&[], &[]));
    let tasks = || task_gradients(&[x.sum(), x.sum()], &[]);
    refuses("there is no task 2: there are 2", || tasks().row(2).to_vec());
    refuses("there is no task 2: there are 2", || tasks().own(2).clone());
    refuses("there is no task 2: there are 2", || {
        tasks().of(2, &Parameter::new(x.value())).is_some()
    });
    refuses("2 tasks need as many weights of the shared parameters, not 1", || {
        tasks().combined(&[1.0], &[1.0, 1.0])
    });
    refuses("2 tasks need as many weights of the heads, not 3", || {
        tasks().combined(&[1.0, 1.0], &[1.0; 3])
    });
    refuses("an item's loss must be one number, not of shape [2, 3]", || {
        x.losses(&[1.0], |&c, x| x * c)
    });
    let predicting = Tape::predicting();
    let loss = leaf(&predicting, [2]).sum();
    let message = "a predicting tape has no gradients: record the loss on `Tape::training(seed)` to \
                   train, or on `Tape::new()`";
    refuses(message, || loss.backward());
    refuses(message, || loss.backward_from(Tensor::scalar(2.0)));
    refuses(message, || task_gradients(&[loss], &[]));
    let (inner, other) = (x.exp(), Tape::new());
    let gradients = inner.sum().backward();
    let message = "the gradient of an inner value is kept only if asked for: call `keep` before \
                   the sweep";
    refuses(message, || gradients.wrt(inner).cloned());
    let stranger = leaf(&other, [1]);
    refuses("these gradients are of another tape", || gradients.wrt(stranger).cloned());
}

#[test]
fn variables_of_two_tapes() {
    let (tape, other) = (Tape::new(), Tape::new());
    let (x, y) = (leaf(&tape, [2, 2]), leaf(&other, [2, 2]));
    refuses("add cannot take variables of two tapes", || x + y);
    refuses("sub cannot take variables of two tapes", || x - y);
    refuses("mul cannot take variables of two tapes", || x * y);
    refuses("div cannot take variables of two tapes", || x / y);
    refuses("maximum cannot take variables of two tapes", || x.maximum(y));
    refuses("where_mask cannot take variables of two tapes", || x.where_mask(&[true; 4], y));
    refuses("matmul cannot take variables of two tapes", || x.matmul(y));
    refuses("matmul_tn cannot take variables of two tapes", || x.matmul_tn(y));
    refuses("matmul_nt cannot take variables of two tapes", || x.matmul_nt(y));
    refuses("linear_no_bias cannot take variables of two tapes", || x.linear_no_bias(y));
    refuses("concatenate cannot take variables of two tapes", || concatenate(&[x, y], 0));
    refuses("concatenate cannot take variables of two tapes", || stack(&[x, y], 0));
    refuses("weighted_sum cannot take variables of two tapes", || {
        weighted_sum(x.slice(0, 0..1).reshape([2]), &[x, y])
    });
    refuses("the losses are of several tapes", || task_gradients(&[x.sum(), y.sum()], &[]));
    // Constants are no excuse.
    let constant = other.constant(Tensor::ones([2, 2]));
    refuses("add cannot take variables of two tapes", || x + constant);
}

// A module blames whoever called it, through boxes and sequences of layers too.
#[test]
fn a_module_given_a_wrong_shape() {
    let (tape, seed) = (Tape::new(), Seed::new(1));
    let x = leaf(&tape, [2, 3]);
    let layer: Linear = Linear::new(4, 5, seed);
    let message = "cannot apply a linear map of weight [5, 4] [outputs, inputs] to [2, 3]: the \
                   sizes of the inputs differ";
    refuses(message, || layer.forward(x));
    refuses(message, || layer.predict(&x.value()));
    let boxed: Box<dyn Module> = Box::new(layer.clone());
    refuses(message, || boxed.forward(x));
    let sequence = Sequential::new().then(Relu).then(layer);
    refuses(message, || sequence.forward(x));
    refuses(message, || sequence.predict(&x.value()));
}

#[test]
fn an_operation_from_outside_recorded_out_of_order() {
    let tape = Tape::new();
    let x = leaf(&tape, [2]);
    let y = tape.record("outside", x.value());
    let _ = x + x;
    let message = "pullbacks must follow their `record` before anything else is recorded";
    refuses(message, || y.pullback(x, |y_bar| y_bar));
}

#[test]
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn tensors_and_parameters_of_wrong_shapes() {
    let x: Tensor = Tensor::ones([2, 3]);
    refuses("a tensor of shape [2, 3] has 6 entries, but 5 were given", || {
        Tensor::new([2, 3], vec![0.0_f32; 5])
    });
    refuses("a tensor of shape [2, 3] is not a single number", || x.item());
    let tape = Tape::new();
    let variable = tape.leaf(&x);
    refuses("a tensor of shape [2, 3] is not a single number", || variable.item());
    refuses("there is no axis 2 in shape [2, 3]", || x.size(2));
    refuses("shapes [2, 3] and [6] differ where they must be equal", || {
        x.clone().zip(&Tensor::ones([6]), |x, y| x + y)
    });
    refuses("shape [1, 1, 1, 1, 1, 1, 1, 1, 1] has 9 axes; a tensor has at most 8", || {
        Shape::from([1; 9])
    });
    refuses("an axis of size 4294967296 is too long: sizes are below 2^32", || {
        Shape::from([1 << 32])
    });
    let many = "has too many entries: its sizes, but those of 0, multiply to 2^63 or more";
    refuses(&format!("shape [2147483648, 2147483648, 4] {many}"), || {
        Tensor::<f32>::new([1 << 31, 1 << 31, 4], vec![])
    });
    refuses(&format!("shape [0, 2147483648, 2147483648, 2] {many}"), || {
        Shape::from([0, 1 << 31, 1 << 31, 2])
    });
    let [wide, tall] = [[1, 0, 1 << 31, 1 << 31, 1], [0, 1, 1, 1, 2]].map(Tensor::<f32>::zeros);
    refuses(&format!("shape [0, 0, 2147483648, 2147483648, 2] {many}"), || wide + tall);
    // The largest shapes that there are.
    for sizes in [vec![1; 8], vec![0, (1 << 32) - 1], vec![1 << 31, (1 << 32) - 1]] {
        assert_eq!(Shape::checked(&sizes), Some(Shape::from(&sizes)));
    }
    for sizes in [vec![1; 9], vec![0, 1 << 32], vec![0, 1 << 31, 1 << 31, 2]] {
        assert_eq!(Shape::checked(&sizes), None, "{sizes:?}");
    }
    let (p, g) = (Parameter::new(x), Tensor::ones([3]));
    refuses("cannot set a parameter of shape [2, 3] to a value of shape [3]", || p.set(g.clone()));
    refuses("cannot update a parameter of shape [2, 3] by a gradient of shape [3]", || {
        p.update(g.clone(), |p, g| p - g);
    });
    let message =
        "cannot update a parameter of shape [2, 3] by a gradient of shape [3] and 6 states";
    refuses(message, || p.update_with(g.clone(), &mut [0.0; 6], |p, _, _| p));
    refuses("a gradient of shape [3] does not fit a parameter of shape [2, 3]", || {
        Gradients::empty().insert(&p, g.clone());
    });
    assert_eq!(p.value(), Tensor::ones([2, 3]), "a refused change leaves the value");
    for (most, shown) in [(-1.0, "-1"), (f32::INFINITY, "inf"), (f32::NAN, "NaN")] {
        refuses(&format!("gradients have no norm of at most {shown}"), || {
            Gradients::<f32>::empty().clip_norm(most)
        });
        refuses(&format!("gradients have no entries of at most {shown}"), || {
            Gradients::<f32>::empty().clip_value(most)
        });
    }
    refuses("a pool needs at least one thread", || autograd::parallel::with_threads(0, || ()));
}
