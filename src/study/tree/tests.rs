use super::*;
use std::collections::BTreeSet;

fn trees() -> Vec<Tree> {
    Tree::all().map_err(|(_, diagnostics)| diagnostics).unwrap()
}

/// Every way from the first branch to a leaf.
fn ways<'t>(walk: &Walk<'t>) -> Vec<Walk<'t>> {
    assert!(walk.replies.len() <= walk.tree.branches.len(), "tree {} goes round in a circle", walk.tree.id);
    match walk.step().unwrap() {
        Step::Leaf(_) => vec![walk.clone()],
        Step::Branch(branch) => branch
            .answers
            .iter()
            .flat_map(|way| {
                let mut next = walk.clone();
                assert!(next.answer(&way.name));
                ways(&next)
            })
            .collect(),
    }
}

#[test]
fn every_way_ends_and_every_branch_and_leaf_is_on_one() {
    for tree in trees() {
        let mut met = BTreeSet::new();
        for walk in ways(&Walk::new(&tree)) {
            met.extend(walk.replies.iter().map(|reply| reply.branch.id.clone()));
            let Some(Step::Leaf(leaf)) = walk.step() else { panic!("no leaf") };
            met.insert(leaf.id.clone());
        }
        let all: BTreeSet<String> = tree.branches.iter().map(|b| b.id.clone()).chain(tree.leaves.iter().map(|l| l.id.clone())).collect();
        assert_eq!(met, all, "{}", tree.id);
    }
}

#[test]
fn the_model_proves_every_leaf() {
    for tree in trees() {
        for leaf in &tree.leaves {
            assert!(!leaf.runs.is_empty(), "{} has no run", leaf.id);
            for run in &leaf.runs {
                let proof = run.execute().unwrap_or_else(|found| panic!("{} of {}: {found:#?}", run.what, leaf.id));
                assert!(proof.as_told, "{}/{}, {}: {:?}, {:#?}", tree.id, leaf.id, run.what, proof.failure, proof.shown);
            }
        }
    }
}

#[test]
fn the_trees_name_every_claim_that_the_guide_makes_in_its_trees() {
    let trees = trees();
    let branches = trees.iter().flat_map(|tree| &tree.branches).flat_map(|branch| &branch.claims);
    let leaves = trees.iter().flat_map(|tree| &tree.leaves).flat_map(|leaf| &leaf.claims);
    let named: BTreeSet<&str> = branches.chain(leaves).map(|claim| claim.id).collect();
    let made = Claim::all().iter().filter(|claim| claim.heading() == "Decision Trees");
    let forgotten: Vec<&str> = made.map(|claim| claim.id).filter(|id| !named.contains(id)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn a_walk_takes_letters_and_names_and_goes_back() {
    let trees = trees();
    let tree = trees.iter().find(|tree| tree.id == "key-rotation").unwrap();
    let mut walk = Walk::new(tree);
    assert!(!walk.answer("z") && !walk.answer("") && !walk.answer("perhaps"));
    assert!(walk.answer(" A ") && walk.answer("imported"));
    assert!(matches!(walk.step(), Some(Step::Leaf(leaf)) if leaf.id == "imported"));
    assert!(!walk.answer("a"), "a leaf takes no answer");
    walk.back();
    walk.back();
    walk.back();
    assert!(matches!(walk.step(), Some(Step::Branch(branch)) if branch.id == "owner"));
}

#[test]
fn a_leaf_about_a_claim_that_does_not_hold_says_what_is_wrong() {
    for tree in trees() {
        for leaf in &tree.leaves {
            let holds =
                |claim: &&'static Claim| matches!(claim.verdict, crate::rulebook::Verdict::Current | crate::rulebook::Verdict::Simplified);
            assert!(leaf.wrong.is_some() || leaf.claims.iter().all(holds), "{}", leaf.id);
        }
    }
}
