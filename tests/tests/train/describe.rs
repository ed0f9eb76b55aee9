//! Needs: what is missing is said in one sentence, and parts need what each of them needs.

use nn::train::{Kind, Needs};

#[test]
fn each_unmet_need_ends_a_sentence() {
    let unmet = |needs: &Needs, sources, labelled, unlabelled, classes| {
        needs.unmet(sources, labelled, unlabelled, classes).unwrap_or_default()
    };
    let sources = |sources| Needs { sources, ..Needs::LABELS };
    let said = |needs: &Needs, sources| unmet(needs, sources, true, true, Some(3));
    assert_eq!(said(&Needs::ONE_SOURCE, 0), "needs 1 sources, not 0");
    assert_eq!(said(&Needs::ONE_SOURCE, 1), "");
    assert_eq!(said(&Needs::ONE_SOURCE, 2), "needs 1 sources, not 2");
    assert_eq!(said(&sources(2..=usize::MAX), 1), "needs at least 2 sources, not 1");
    assert_eq!(said(&sources(2..=usize::MAX), 2), "");
    assert_eq!(said(&sources(2..=usize::MAX), usize::MAX), "");
    assert_eq!(said(&sources(2..=3), 1), "needs 2 to 3 sources, not 1");
    assert_eq!(said(&sources(2..=3), 3), "");
    assert_eq!(said(&sources(2..=3), 4), "needs 2 to 3 sources, not 4");

    let of_target =
        |needs: &Needs, labelled, unlabelled| unmet(needs, 1, labelled, unlabelled, Some(3));
    assert_eq!(of_target(&Needs::LABELS, false, true), "needs labelled rows of the target");
    assert_eq!(of_target(&Needs::LABELS, true, false), "");
    let adapting = Needs { labelled: false, unlabelled: true, ..Needs::LABELS };
    assert_eq!(of_target(&adapting, true, false), "needs unlabelled rows of the target");
    assert_eq!(of_target(&adapting, false, true), "");

    let of_labels =
        |labels, classes| unmet(&Needs { labels, ..Needs::LABELS }, 1, true, true, classes);
    for classes in [None, Some(2), Some(3)] {
        assert_eq!(of_labels(Kind::Any, classes), "");
    }
    assert_eq!(of_labels(Kind::Classes, None), "learns classes, not numbers");
    assert_eq!(of_labels(Kind::Classes, Some(3)), "");
    assert_eq!(of_labels(Kind::TwoClasses, None), "learns two classes, not numbers");
    assert_eq!(of_labels(Kind::TwoClasses, Some(1)), "learns two classes, not 1");
    assert_eq!(of_labels(Kind::TwoClasses, Some(2)), "");
    assert_eq!(of_labels(Kind::TwoClasses, Some(3)), "learns two classes, not 3");
}

#[test]
fn both_need_what_one_of_them_needs() {
    let one = Needs { sources: 1..=4, labelled: true, unlabelled: false, labels: Kind::TwoClasses };
    let other = Needs { sources: 2..=9, labelled: false, unlabelled: true, labels: Kind::Classes };
    let both = Needs { sources: 2..=4, labelled: true, unlabelled: true, labels: Kind::TwoClasses };
    assert_eq!(one.and(&other), both);
    assert_eq!(other.and(&one), both);
}
