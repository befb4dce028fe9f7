//! The figures of a day beside those of other days.

use super::figure::{Compared, Figure};
use super::found::Orders;
use super::model::Headline;
use crate::batch::measures::Line;
use crate::record::{Day, Total};
use crate::serve::figures::mean;

/// Days before the one of the report that the average is of.
pub const AVERAGE: i32 = 28;
/// Days of a week.
const WEEK: i32 = 7;

/// What is known of a day between the first and the last one; a day without sales has zeros.
#[derive(Debug, Clone, Copy)]
pub struct DayOf {
    /// The day.
    pub day: Day,
    /// Its sums.
    pub line: Line,
    /// Pieces, if the input tells any.
    pub units: Option<Total>,
    /// Its orders, if an analysis tells.
    pub orders: Option<Orders>,
    /// Distinct customers, if the input names any.
    pub customers: Option<u64>,
}

/// How a figure comes from a day.
enum How {
    /// It adds up over days.
    Sum(fn(&DayOf) -> Option<Figure>),
    /// It is the revenue, as the analysis has it, by the number of something.
    Quotient {
        told: fn(&DayOf) -> Option<Option<Total>>,
        by: fn(&DayOf) -> u64,
    },
}

struct Measure {
    name: &'static str,
    label: &'static str,
    more_is_better: Option<bool>,
    how: How,
}

const fn sum(
    name: &'static str,
    label: &'static str,
    more_is_better: Option<bool>,
    of: fn(&DayOf) -> Option<Figure>,
) -> Measure {
    Measure {
        name,
        label,
        more_is_better,
        how: How::Sum(of),
    }
}

const MEASURES: [Measure; 10] = [
    sum("net_revenue", "Net revenue", Some(true), |day| {
        Some(Figure::Money(day.line.net()))
    }),
    sum("gross_revenue", "Gross revenue", Some(true), |day| {
        Some(Figure::Money(day.line.gross))
    }),
    sum("returned_value", "Value of returns", Some(false), |day| {
        Some(Figure::Money(day.line.returned))
    }),
    sum("transactions", "Transactions", Some(true), |day| {
        day.orders.map(|orders| Figure::Count(orders.transactions))
    }),
    Measure {
        name: "average_transaction",
        label: "Average transaction",
        more_is_better: Some(true),
        how: How::Quotient {
            told: |day| day.orders.map(|orders| orders.average),
            by: |day| day.orders.map_or(0, |orders| orders.transactions),
        },
    },
    sum("customers", "Customers", Some(true), |day| {
        day.customers.map(Figure::Count)
    }),
    Measure {
        name: "revenue_per_customer",
        label: "Revenue per customer",
        more_is_better: Some(true),
        how: How::Quotient {
            told: |day| {
                let orders = day.orders?;
                day.customers.map(|_| orders.per_customer)
            },
            by: |day| day.customers.unwrap_or(0),
        },
    },
    sum("units", "Pieces, less those returned", Some(true), |day| {
        day.units.map(Figure::Pieces)
    }),
    sum("sales_lines", "Lines sold", Some(true), |day| {
        Some(Figure::Count(day.line.sales))
    }),
    sum("return_lines", "Lines returned", Some(false), |day| {
        Some(Figure::Count(day.line.returns))
    }),
];

/// The days that the average is of.
pub fn before(days: &[DayOf], date: Day) -> impl Iterator<Item = &DayOf> {
    let first = date.number() - AVERAGE;
    days.iter()
        .filter(move |of| (first..date.number()).contains(&of.day.number()))
}

/// The figures of `date`, which is one of `days`; what no day tells is left out.
pub fn headline(days: &[DayOf], date: Day) -> Vec<Headline> {
    let at = |back: i32| {
        days.iter()
            .find(|of| of.day.number() == date.number() - back)
    };
    let line = |measure: &Measure| {
        let [now, day, week] = [0, 1, WEEK].map(|back| at(back).map(|of| told(measure, of)));
        let value = now??;
        let compared =
            |then: Option<Option<Option<Figure>>>| Compared::of(value, then.flatten().flatten());
        Some(Headline {
            name: measure.name,
            label: measure.label,
            value,
            day_before: compared(day),
            week_before: compared(week),
            average: average(measure, value, before(days, date)),
            more_is_better: measure.more_is_better,
        })
    };
    MEASURES.iter().filter_map(line).collect()
}

/// The figure of a day: none if it is not told, none in it where it divides by zero.
fn told(measure: &Measure, day: &DayOf) -> Option<Option<Figure>> {
    match &measure.how {
        How::Sum(of) => of(day).map(Some),
        How::Quotient { told, .. } => told(day).map(|value| value.map(Figure::Money)),
    }
}

fn average<'a>(
    measure: &Measure,
    now: Option<Figure>,
    days: impl Iterator<Item = &'a DayOf>,
) -> Compared {
    match &measure.how {
        How::Sum(of) => {
            let (mut sum, mut count) = (0, 0);
            for figure in days.filter_map(of) {
                sum += figure.units();
                count += 1;
            }
            Compared::of_mean(now, sum, count)
        }
        // Of all days together: a mean of quotients would weigh quiet days as much as busy ones.
        How::Quotient { by, .. } => {
            let (mut revenue, mut count) = (Total::ZERO, 0);
            for day in days {
                revenue += day.orders.map_or(Total::ZERO, |orders| orders.net);
                count += by(day);
            }
            Compared::of(now, mean(revenue, count).map(Figure::Money))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i32, gross: &str, orders: u64) -> DayOf {
        let gross = Total::parse(gross).unwrap();
        DayOf {
            day: Day::from_number(number).unwrap(),
            line: Line::stated(gross, Total::ZERO, orders * 2, 0, None),
            units: None,
            orders: Some(Orders {
                transactions: orders,
                customers: 0,
                net: gross,
                average: mean(gross, orders),
                per_customer: None,
            }),
            customers: None,
        }
    }

    fn of<'a>(all: &'a [Headline], name: &str) -> &'a Headline {
        all.iter().find(|line| line.name == name).unwrap()
    }

    fn text(compared: &Compared) -> (Option<String>, Option<&str>) {
        let value = compared.value.map(|value| value.to_string());
        (value, compared.change_pct.as_deref())
    }

    #[test]
    fn a_day_is_held_against_the_days_before_it() {
        let mut days: Vec<_> = (0..40).map(|at| day(at, "10.00", 1)).collect();
        days[32] = day(32, "40.00", 2);
        days[38] = day(38, "0.00", 0);
        days[39] = day(39, "30.00", 2);
        let all = headline(&days, days[39].day);
        let net = of(&all, "net_revenue");
        assert_eq!(net.value.unwrap().to_string(), "30.00");
        assert_eq!(text(&net.day_before), (Some("0.00".into()), None));
        assert_eq!(
            text(&net.week_before),
            (Some("40.00".into()), Some("-25.0"))
        );
        // 26 days of 10.00, one of 40.00, one of nothing.
        assert_eq!(text(&net.average), (Some("10.7143".into()), Some("180.0")));
        let orders = of(&all, "transactions");
        assert_eq!(text(&orders.average), (Some("1.0".into()), Some("100.0")));
        let average = of(&all, "average_transaction");
        assert_eq!(average.value.unwrap().to_string(), "15.00");
        assert_eq!(text(&average.day_before), (None, None));
        assert_eq!(
            text(&average.average),
            (Some("10.7143".into()), Some("40.0"))
        );
        assert!(
            !all.iter()
                .any(|line| line.name == "customers" || line.name == "units")
        );
    }

    #[test]
    fn the_first_day_has_nothing_before_it() {
        let days = [day(5, "10.00", 1)];
        for line in headline(&days, days[0].day) {
            assert!(line.value.is_some(), "{}", line.name);
            for compared in [&line.day_before, &line.week_before, &line.average] {
                assert_eq!(text(compared), (None, None), "{}", line.name);
            }
        }
    }
}
