mod faults;
mod faulty;
mod rules;
mod world;
