//! Everything that travels: plain values, containers, derived types.

use crate::support::*;
use complus::{Error, HResult, Marshal, Ref, Result, component::Interface, hresult::E_FAIL, iid};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    time::Duration,
};

type Probes = Ref<dyn Probe>;

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
trait Mirror {
    fn plain(
        &self,
        values: (bool, char, u8, i128, f64, String, Error, HResult, uuid::Uuid),
    ) -> Result<(bool, char, u8, i128, f64, String, Error, HResult, uuid::Uuid)>;
    fn lists(
        &self,
        vec: Vec<Probes>,
        deque: VecDeque<Probes>,
        array: [Probes; 2],
        slice: Box<[Probes]>,
    ) -> Result<(bool, Vec<Probes>, VecDeque<Probes>, [Probes; 2], Box<[Probes]>)>;
    fn sets(&self, tree: BTreeSet<u8>, hashed: HashSet<u8>) -> Result<(BTreeSet<u8>, HashSet<u8>)>;
    fn maps(
        &self,
        tree: BTreeMap<u8, Probes>,
        hashed: HashMap<String, Probes>,
    ) -> Result<(bool, BTreeMap<u8, Probes>, HashMap<String, Probes>)>;
    fn answers(
        &self,
        good: Result<Probes>,
        bad: std::result::Result<Probes, String>,
    ) -> Result<(Result<Probes>, std::result::Result<Probes, String>)>;
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
    fn plain(
        &self,
        values: (bool, char, u8, i128, f64, String, Error, HResult, uuid::Uuid),
    ) -> Result<(bool, char, u8, i128, f64, String, Error, HResult, uuid::Uuid)> {
        Ok(values)
    }
    fn lists(
        &self,
        vec: Vec<Probes>,
        deque: VecDeque<Probes>,
        array: [Probes; 2],
        slice: Box<[Probes]>,
    ) -> Result<(bool, Vec<Probes>, VecDeque<Probes>, [Probes; 2], Box<[Probes]>)> {
        let proxies = vec.iter().chain(&deque).chain(&array).chain(&slice).all(Ref::is_proxy);
        Ok((proxies, vec, deque, array, slice))
    }
    fn sets(&self, tree: BTreeSet<u8>, hashed: HashSet<u8>) -> Result<(BTreeSet<u8>, HashSet<u8>)> {
        Ok((tree, hashed))
    }
    fn maps(
        &self,
        tree: BTreeMap<u8, Probes>,
        hashed: HashMap<String, Probes>,
    ) -> Result<(bool, BTreeMap<u8, Probes>, HashMap<String, Probes>)> {
        Ok((tree.values().chain(hashed.values()).all(Ref::is_proxy), tree, hashed))
    }
    fn answers(
        &self,
        good: Result<Probes>,
        bad: std::result::Result<Probes, String>,
    ) -> Result<(Result<Probes>, std::result::Result<Probes, String>)> {
        Ok((good, bad))
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
        let (tree, hashed) = (BTreeSet::from([1, 2]), HashSet::from([3, 4]));
        assert_eq!(mirror.sets(tree.clone(), hashed.clone()), Ok((tree, hashed)));
    });
}

#[test]
fn references_in_containers_are_translated_both_ways() {
    both_ways(|mirror, probe, abroad| {
        let (vec, array) = (vec![probe(), probe()], [probe(), probe()]);
        let (deque, slice) = (VecDeque::from([probe()]), vec![probe()].into_boxed_slice());
        let back = mirror.lists(vec.clone(), deque.clone(), array.clone(), slice.clone());
        assert_eq!(back, Ok((abroad, vec, deque, array, slice)));
        let (tree, hashed) = (BTreeMap::from([(1, probe())]), HashMap::from([("one".to_string(), probe())]));
        assert_eq!(mirror.maps(tree.clone(), hashed.clone()), Ok((abroad, tree, hashed)));
        let (good, bad) = (Ok(probe()), Err("none".to_string()));
        assert_eq!(mirror.answers(good.clone(), bad.clone()), Ok((good, bad)));
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
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
}
