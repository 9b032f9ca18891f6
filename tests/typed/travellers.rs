//! Everything that travels: plain values, containers, derived types.

use crate::support::*;
use complus::{
    Error, HResult, Marshal, Ref, Result,
    hresult::E_FAIL,
    iid,
    typed::{Interface, Plain},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    time::{Duration, SystemTime},
};

type Probes = Ref<dyn Probe>;
type Plainly = (bool, char, u8, i128, f64, String, Error, HResult, uuid::Uuid);
type Lists = (Vec<Probes>, VecDeque<Probes>, [Probes; 2], Box<[Probes]>);
type Maps = (BTreeMap<u8, Probes>, HashMap<String, Probes>);
type Answers = (Result<Probes>, std::result::Result<Probes, String>);

/// A record with references in many places.
#[derive(Clone, Debug, PartialEq, Marshal)]
struct Order {
    amount: i64,
    to: Probes,
    others: Vec<(String, Option<Probes>)>,
}

/// A choice of several forms.
#[derive(Clone, Debug, PartialEq, Marshal)]
enum Wish {
    Nothing,
    One(Box<Order>),
    Several { orders: [Order; 2], within: Duration },
}

/// One that is made of another type.
#[derive(Clone, Debug, PartialEq, Marshal)]
struct Pair<T, const N: usize>(T, [T; N])
where
    T: Clone;

/// Nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Marshal)]
struct Unit;

/// Gives back what it is given, and says whether references in it were proxies meanwhile.
#[complus::interface]
#[expect(clippy::too_many_arguments, reason = "as many as there can be")]
trait Mirror {
    fn plain(&self, values: Plainly) -> Result<Plainly>;
    fn foreign(&self, time: Plain<SystemTime>) -> Result<Plain<SystemTime>>;
    fn lists(&self, lists: Lists) -> Result<(bool, Lists)>;
    fn sets(&self, tree: BTreeSet<u8>, hashed: HashSet<u8>) -> Result<(BTreeSet<u8>, HashSet<u8>)>;
    fn maps(&self, maps: Maps) -> Result<(bool, Maps)>;
    fn answers(&self, answers: Answers) -> Result<Answers>;
    fn orders(&self, wishes: Vec<Wish>) -> Result<(bool, Vec<Wish>)>;
    fn pair(&self, pair: Pair<Option<Probes>, 1>, unit: Unit) -> Result<(bool, Pair<Option<Probes>, 1>, Unit)>;
    fn untyped(&self, reference: complus::Reference) -> Result<(bool, complus::Reference)>;
    fn twelve(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: Probes,
    ) -> Result<(u8, Probes)>;
}

#[complus::component(interfaces(Mirror))]
#[derive(Default)]
struct Glass;

impl Mirror for Glass {
    fn plain(&self, values: Plainly) -> Result<Plainly> {
        Ok(values)
    }
    fn foreign(&self, time: Plain<SystemTime>) -> Result<Plain<SystemTime>> {
        Ok(time)
    }
    fn lists(&self, lists: Lists) -> Result<(bool, Lists)> {
        let (vec, deque, array, slice) = &lists;
        let proxies = vec.iter().chain(deque).chain(array).chain(slice).all(Ref::is_proxy);
        Ok((proxies, lists))
    }
    fn sets(&self, tree: BTreeSet<u8>, hashed: HashSet<u8>) -> Result<(BTreeSet<u8>, HashSet<u8>)> {
        Ok((tree, hashed))
    }
    fn maps(&self, maps: Maps) -> Result<(bool, Maps)> {
        Ok((maps.0.values().chain(maps.1.values()).all(Ref::is_proxy), maps))
    }
    fn answers(&self, answers: Answers) -> Result<Answers> {
        Ok(answers)
    }
    fn orders(&self, wishes: Vec<Wish>) -> Result<(bool, Vec<Wish>)> {
        let are_proxies =
            |order: &Order| order.to.is_proxy() && order.others.iter().flat_map(|(_, it)| it).all(Ref::is_proxy);
        let proxies = wishes.iter().all(|wish| match wish {
            Wish::Nothing => true,
            Wish::One(order) => are_proxies(order),
            Wish::Several { orders, .. } => orders.iter().all(are_proxies),
        });
        Ok((proxies, wishes))
    }
    fn pair(&self, pair: Pair<Option<Probes>, 1>, unit: Unit) -> Result<(bool, Pair<Option<Probes>, 1>, Unit)> {
        Ok((pair.0.iter().chain(pair.1.iter().flatten()).all(Ref::is_proxy), pair, unit))
    }
    fn untyped(&self, reference: complus::Reference) -> Result<(bool, complus::Reference)> {
        Ok((reference.is_proxy(), reference))
    }
    fn twelve(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: Probes,
    ) -> Result<(u8, Probes)> {
        Ok((a + b + c + d + e + f + g + h + i + j + k, l))
    }
}

/// A mirror in another apartment, then one here; whether references are proxies there.
fn both_ways(test: impl Fn(&Ref<dyn Mirror>, &dyn Fn() -> Probes, bool) + Sync) {
    every_machine(|world| {
        let host = Sta::start(world);
        let made = host.run(|| Ref::<dyn Mirror>::new(Glass).unwrap().pack().unwrap());
        let probe = || Ref::new(BothProbe::default()).unwrap();
        test(&Ref::unpack(made).unwrap(), &probe, true);
        test(&Ref::new(Glass).unwrap(), &probe, false);
        host.end();
    });
}

#[test]
fn plain_values_come_back_as_they_are() {
    both_ways(|mirror, _, _| {
        let values = (true, 'x', 7, i128::MIN, 0.5, "text".to_string(), E_FAIL.into(), E_FAIL, iid::UNKNOWN);
        assert_eq!(mirror.plain(values.clone()), Ok(values));
        let time = Plain(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        assert_eq!(mirror.foreign(time), Ok(time));
        let (tree, hashed) = (BTreeSet::from([1, 2]), HashSet::from([3, 4]));
        assert_eq!(mirror.sets(tree.clone(), hashed.clone()), Ok((tree, hashed)));
    });
}

#[test]
fn references_in_containers_are_translated_both_ways() {
    both_ways(|mirror, probe, abroad| {
        let lists =
            (vec![probe(), probe()], VecDeque::from([probe()]), [probe(), probe()], vec![probe()].into_boxed_slice());
        assert_eq!(mirror.lists(lists.clone()), Ok((abroad, lists)));
        let maps = (BTreeMap::from([(1, probe())]), HashMap::from([("one".to_string(), probe())]));
        assert_eq!(mirror.maps(maps.clone()), Ok((abroad, maps)));
        let answers = (Ok(probe()), Err("none".to_string()));
        assert_eq!(mirror.answers(answers.clone()), Ok(answers));
        let untyped = probe().as_reference().clone();
        assert_eq!(mirror.untyped(untyped.clone()), Ok((abroad, untyped)));
        let last = probe();
        assert_eq!(mirror.twelve(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, last.clone()), Ok((66, last)));
    });
}

#[test]
fn derived_values_are_packed_part_by_part() {
    both_ways(|mirror, probe, abroad| {
        let order = || Order {
            amount: -5,
            to: probe(),
            others: vec![("first".into(), Some(probe())), ("second".into(), None)],
        };
        let several = Wish::Several { orders: [order(), order()], within: Duration::from_millis(3) };
        let wishes = vec![Wish::One(Box::new(order())), Wish::Nothing, several];
        assert_eq!(mirror.orders(wishes.clone()), Ok((abroad, wishes)));
        let pair = Pair(Some(probe()), [None]);
        assert_eq!(mirror.pair(pair.clone(), Unit), Ok((abroad, pair, Unit)));
    });
}

#[test]
fn methods_are_numbered_in_their_order() {
    let numbers: Vec<_> = <dyn Mirror>::METHODS.iter().map(|method| method.number).collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
}
