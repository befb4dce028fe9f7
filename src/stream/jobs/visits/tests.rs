use super::cart::{Cart, Worth};
use super::prices::Prices;
use crate::stream::jobs::list::find;
use crate::stream::jobs::setup::Setup;

const ONE: i64 = 10_000;

fn worth(cart: &Cart) -> (i128, usize) {
    let Worth { value, unpriced } = cart.worth(&Prices::default());
    (value, unpriced)
}

#[test]
fn a_cart_holds_what_was_done_to_it() {
    let mut cart = Cart::default();
    cart.add(b"tea", 2 * ONE, Some(15_000));
    cart.add(b"cup", ONE, None);
    assert_eq!((worth(&cart), cart.products()), ((30_000, 1), 2));
    cart.add(b"tea", ONE, None);
    cart.price(b"cup", 70_000);
    assert_eq!(worth(&cart), (115_000, 0), "3 x 1.50 and 1 x 7.00");
    cart.set(b"tea", ONE, Some(20_000));
    assert_eq!(worth(&cart), (90_000, 0), "2.00 and 7.00");
    cart.set(b"tea", 0, None);
    cart.remove(b"pot");
    assert_eq!((worth(&cart), cart.products()), ((70_000, 0), 1));
    cart.price(b"pot", ONE);
    cart.remove(b"cup");
    assert!(cart.is_empty());
}

#[test]
fn the_catalogue_tells_prices_that_events_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("products.csv");
    let setup = |content: &str| {
        std::fs::write(&path, content).expect("written");
        let set = [format!("sessions.prices={}", path.display())];
        Setup::new(find("sessions").expect("a job").spec, &set, None).expect("a setup")
    };
    let told = setup("product_id,name,price\ntea,Tea,1.50\ncup,Cup,7\n");
    let prices = Prices::of_setup(&told).expect("prices");
    let mut cart = Cart::default();
    cart.add(b"tea", 2 * ONE, None);
    cart.add(b"cup", ONE, Some(50_000));
    cart.add(b"pot", ONE, None);
    let Worth { value, unpriced } = cart.worth(&prices);
    assert_eq!(
        (value, unpriced),
        (80_000, 1),
        "2 x 1.50, and 5.00 as the event says"
    );
    for price in ["dear", "-1"] {
        let told = setup(&format!("product_id,price\ntea,{price}\n"));
        let error = Prices::of_setup(&told).expect_err("no price").to_string();
        assert!(error.contains("product tea"), "{error}");
    }
}
