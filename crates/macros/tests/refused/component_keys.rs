//! Keys and values that there are not.

use complus::Result;

#[complus::interface]
trait Account {
    fn debit(&self, amount: i64) -> Result<()>;
}

#[complus::component(progid = "Bank.Account", trasaction = Required, colour = "red", interfaces = Account)]
#[derive(Default)]
struct Misspelt;

#[complus::component(
    prog_id = Bank,
    clsid = "7f1c8b52",
    threading = Apartement,
    transaction = Reqired,
    isolation = Serialisable,
    timeout = "30s",
    just_in_time = yes,
    pooled(maximum = 5, min = -1),
    create = 5,
    private(true),
    private,
)]
#[derive(Default)]
struct Wrong;

#[complus::component(prog_id = "A.ProgID.of.more.than.thirty.nine.characters", application = "Bank", application = "Shop")]
#[derive(Default)]
struct Long;

fn main() {}
