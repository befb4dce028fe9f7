//! When each event is due: at a rate, by event time, or at once.

use std::time::{Duration, Instant};

use crate::record::Time;

/// A delay that is not made up for: hurrying after it would break the rate of the next seconds.
const FORGIVEN: Duration = Duration::from_millis(40);
/// The same by event time, which is a clock: what is shorter must not put it wrong for good.
const LOST: Duration = Duration::from_secs(5);

/// How fast events are played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// As fast as possible.
    Unbounded,
    /// So many a second.
    Rate(f64),
    /// By event time: so many seconds of it a second.
    EventTime(f64),
}

/// Says when the next event is due.
#[derive(Debug, Clone)]
pub struct Pace {
    speed: Speed,
    /// When the schedule begins.
    origin: Option<Instant>,
    /// Events since then.
    sent: u64,
    first: Option<Time>,
    /// The latest moment that was due, in seconds: an event out of order never turns time back.
    reached: f64,
}

impl Pace {
    /// A schedule that begins with the first event.
    pub fn new(speed: Speed) -> Self {
        Self {
            speed,
            origin: None,
            sent: 0,
            first: None,
            reached: 0.0,
        }
    }

    /// Has the schedule begin `at` a moment that may be still to come, with an event of the time
    /// `first`.
    pub fn begin_at(&mut self, first: Time, at: Instant) {
        (self.first, self.origin) = (Some(first), Some(at));
    }

    /// Whether every event is due at once.
    pub fn is_unbounded(&self) -> bool {
        self.speed == Speed::Unbounded
    }

    /// How many events a second are asked for, where that is how they are played.
    pub fn rate(&self) -> Option<f64> {
        match self.speed {
            Speed::Rate(rate) => Some(rate),
            Speed::Unbounded | Speed::EventTime(_) => None,
        }
    }

    /// How long to wait for the next event, whose time is `time`; zero when it is due.
    #[inline]
    pub fn wait(&mut self, time: Option<Time>, now: impl Fn() -> Instant) -> Duration {
        let offset = match self.speed {
            Speed::Unbounded => return Duration::ZERO,
            Speed::Rate(rate) => self.sent as f64 / rate,
            Speed::EventTime(factor) => {
                let Some(time) = time else {
                    return Duration::ZERO;
                };
                let first = *self.first.get_or_insert(time);
                (time.micros() - first.micros()) as f64 / 1e6 / factor
            }
        };
        self.reached = self.reached.max(offset);
        let offset = self.reached;
        let now = now();
        let origin = *self.origin.get_or_insert(now);
        let elapsed = now.duration_since(origin);
        let due = Duration::try_from_secs_f64(offset).unwrap_or(Duration::MAX);
        let forgiven = match self.speed {
            Speed::EventTime(_) => LOST,
            Speed::Rate(_) | Speed::Unbounded => FORGIVEN,
        };
        if elapsed > due.saturating_add(forgiven) {
            self.origin = Some(origin + (elapsed - due));
        }
        let ahead = origin.saturating_duration_since(now);
        due.saturating_sub(elapsed).saturating_add(ahead)
    }

    /// An event has been played.
    #[inline]
    pub fn played(&mut self) {
        self.sent += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Plays for `seconds` on a clock that sleeps at least a millisecond at a time, and gives
    /// the times of the events.
    fn play(rate: f64, seconds: u64, stall: Option<(u64, Duration)>) -> Vec<Duration> {
        let began = Instant::now();
        let now = Cell::new(began);
        let mut pace = Pace::new(Speed::Rate(rate));
        let mut played = Vec::new();
        let mut stall = stall;
        while now.get() - began < Duration::from_secs(seconds) {
            let wait = pace.wait(None, || now.get());
            if wait > Duration::ZERO {
                now.set(now.get() + wait.max(Duration::from_millis(1)));
                continue;
            }
            pace.played();
            played.push(now.get() - began);
            if let Some((at, long)) = stall
                && now.get() - began >= Duration::from_secs(at)
            {
                now.set(now.get() + long);
                stall = None;
            }
        }
        played
    }

    /// The most and the fewest events in any ten seconds.
    fn any_ten_seconds(played: &[Duration], seconds: u64) -> (usize, usize) {
        let (mut most, mut fewest) = (0, usize::MAX);
        for from in (0..(seconds - 10) * 10).map(|tenth| Duration::from_millis(tenth * 100)) {
            let to = from + Duration::from_secs(10);
            let count = played.partition_point(|t| *t < to) - played.partition_point(|t| *t < from);
            (most, fewest) = (most.max(count), fewest.min(count));
        }
        (most, fewest)
    }

    #[test]
    fn a_schedule_may_begin_later() {
        let now = Instant::now();
        let at = |seconds: u64| now + Duration::from_secs(seconds);
        let time = |seconds: i64| Time::from_micros(seconds * 1_000_000);
        let mut pace = Pace::new(Speed::EventTime(2.0));
        pace.begin_at(time(100).unwrap(), at(3));
        let wait = |pace: &mut Pace, event, clock| pace.wait(time(event), || at(clock)).as_secs();
        assert_eq!(wait(&mut pace, 100, 0), 3);
        assert_eq!(wait(&mut pace, 100, 3), 0);
        assert_eq!(wait(&mut pace, 104, 1), 4);
        assert_eq!(wait(&mut pace, 104, 5), 0);
    }

    #[test]
    fn the_rate_holds_over_any_ten_seconds() {
        for rate in [20.0, 333.3, 20_000.0] {
            let (most, fewest) = any_ten_seconds(&play(rate, 25, None), 25);
            assert!(most as f64 <= rate * 10.1 + 1.0, "{rate}: {most}");
            assert!(fewest as f64 >= rate * 9.9 - 1.0, "{rate}: {fewest}");
        }
    }

    #[test]
    fn a_stall_is_not_made_up_for() {
        let stalled = play(20_000.0, 25, Some((12, Duration::from_secs(3))));
        let (most, _) = any_ten_seconds(&stalled, 25);
        assert!(most <= 202_000, "{most}");
    }

    #[test]
    fn event_time_is_kept_after_a_stall_unless_it_is_long() {
        let began = Instant::now();
        let mut pace = Pace::new(Speed::EventTime(1.0));
        let mut wait = |event: i64, clock: u64| {
            let time = Time::from_micros(event * 1_000_000);
            pace.wait(time, || began + Duration::from_secs(clock))
                .as_secs()
        };
        assert_eq!(wait(0, 0), 0);
        assert_eq!(wait(1, 5), 0);
        assert_eq!(wait(6, 5), 1);
        // The computer slept: the hour is not played at once.
        assert_eq!(wait(7, 3607), 0);
        assert_eq!(wait(8, 3607), 1);
    }

    #[test]
    fn an_hour_plays_in_a_minute() {
        let began = Instant::now();
        let mut pace = Pace::new(Speed::EventTime(60.0));
        let at = |minutes: i64| Time::from_micros(minutes * 60_000_000);
        assert_eq!(pace.wait(at(0), || began), Duration::ZERO);
        assert_eq!(pace.wait(at(60), || began), Duration::from_secs(60));
        // An event out of order comes in its turn: after that before it, and then at once.
        assert_eq!(pace.wait(at(-5), || began), Duration::from_secs(60));
        let later = began + Duration::from_secs(60);
        assert_eq!(pace.wait(at(-5), || later), Duration::ZERO);
    }

    #[test]
    fn a_rate_next_to_nothing_waits_for_ever() {
        let began = Instant::now();
        let mut pace = Pace::new(Speed::Rate(1e-300));
        assert_eq!(pace.wait(None, || began), Duration::ZERO);
        pace.played();
        assert_eq!(pace.wait(None, || began), Duration::MAX);
        assert_eq!(
            pace.wait(None, || began + Duration::from_secs(1)),
            Duration::MAX - Duration::from_secs(1)
        );
    }
}
