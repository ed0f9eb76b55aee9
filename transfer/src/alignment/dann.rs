//! Domain-adversarial training: features from which a critic cannot tell the domains apart.

use autograd::{Float, Seed, Tensor, Var, concatenate};
use nn::train::{Description, Family, Kind, Needs, Property, Run, within};
use nn::{Module, NetworkSpec, Sequential};

use crate::alignment::{Aligning, Alignment, Side, align};
use crate::{Error, Fitted, Given, Strategy};

/// DANN: while the network learns the sources' labels, a critic learns to tell the domains apart by
/// the head's input, and the trunk is moved against it.
///
/// With `L_y` the loss of the labels and `L_d` that of the critic, a cross-entropy summed over the
/// domains, the trunk follows the gradient of `L_y - lambda L_d`.
///
/// # Source
/// Ganin et al. 2016, algorithm 1 and equations 13 to 15. There with one source; here the critic has
/// a class for each source and one for the target, whose logit is 0, so that with one source and no
/// hidden layer it is the paper's logistic regression. The rows of a domain are dealt in shuffled
/// epochs; there the target's are drawn anew in every step. Labelled rows of the target, if there
/// are any, are learnt too.
#[derive(Clone, Debug, PartialEq)]
pub struct Dann {
    /// How much the critic's loss counts for the trunk.
    pub lambda: Lambda,
    /// Whether it counts as much for the critic itself, as in algorithm 1; else once, as in the
    /// paper's deep networks, so that the critic learns as fast as the head from the beginning.
    pub critic_by_lambda: bool,
    /// The widths of the critic's hidden layers, each with a ReLU. Without any, features that have
    /// no bound, such as those of a ReLU, are driven apart until a loss is not finite: the critic is
    /// then for features like a sigmoid's.
    pub hidden: Vec<usize>,
}

impl Default for Dann {
    /// A critic with a hidden layer of 100 units that learns as fast as the head, and the paper's
    /// schedule: as the paper has it for images of digits.
    fn default() -> Self {
        Self { lambda: Lambda::Rising, critic_by_lambda: false, hidden: vec![100] }
    }
}

/// How much the critic's loss counts, from the first step to the last.
///
/// ```
/// use transfer::alignment::Lambda;
/// assert_eq!(Lambda::Constant(6.0).at(0.3), 6.0);
/// assert_eq!(Lambda::Rising.at(0.0), 0.0);
/// assert!((Lambda::Rising.at(1.0) - 0.999909).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lambda {
    /// Always as much.
    Constant(f64),
    /// `2 / (1 + exp(-10 p)) - 1` after the share `p` of the training, from 0 to nearly 1.
    Rising,
}

impl Lambda {
    /// The value after this share of the training.
    pub fn at(self, done: f64) -> f64 {
        match self {
            Self::Constant(lambda) => lambda,
            Self::Rising => 2.0 / (1.0 + (-10.0 * done).exp()) - 1.0,
        }
    }
}

impl<F: Float> Strategy<F> for Dann {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Ganin et al. 2016, Domain-adversarial training of neural networks"),
            needs: Needs {
                sources: 1..=usize::MAX,
                labelled: false,
                unlabelled: true,
                labels: Kind::Any,
            },
            keeps: &[Property::BeginsAsBaseline],
            ..Description::new("DANN", Family::Alignment)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        align(&Strategy::<F>::describe(self), self, given, run)
    }
}

impl<F: Float> Alignment<F> for Dann {
    fn begin(
        &self,
        width: usize,
        _: usize,
        sources: usize,
        seed: Seed,
    ) -> Result<Box<dyn Aligning<F>>, Error> {
        within("lambda", self.lambda.at(1.0), 0.0..=1e6, "between 0 and 1000000")?;
        let widths: Vec<usize> = [&[width], &*self.hidden, &[sources]].concat();
        let spec = NetworkSpec::mlp(&widths);
        spec.check()?;
        let (network, options) = (spec.build(seed.child("critic")), self.clone());
        Ok(Box::new(Critic { network, options }))
    }
}

/// Tells the domains apart, with an output for each source.
struct Critic<F: Float> {
    network: Sequential<F>,
    options: Dann,
}
nn::parts!(<F> Critic<F>: network);

impl<F: Float> Aligning<F> for Critic<F> {
    fn of<'t>(&self, sources: &[Side<'t, F>], target: &Side<'t, F>, done: f64) -> Var<'t, F> {
        let lambda = F::of(self.options.lambda.at(done));
        // What the critic's loss counts for the critic, and what the trunk's reversed share of it is.
        let (counts, reversed) =
            if self.options.critic_by_lambda { (lambda, F::ONE) } else { (F::ONE, lambda) };
        let domains = sources.iter().chain([target]).enumerate();
        let losses = domains.map(|(domain, side)| {
            let of_sources = self.network.forward(side.features.reverse_gradient(reversed));
            let rows = of_sources.shape().axis(0);
            let of_target = side.features.tape().constant(Tensor::zeros([rows, 1]));
            concatenate(&[of_sources, of_target], 1).cross_entropy(&vec![domain; rows])
        });
        losses.reduce(|sum, loss| sum + loss).expect("the target is a domain") * counts
    }
}
