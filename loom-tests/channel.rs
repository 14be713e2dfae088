//! L10, L11: channels. No value is lost or duplicated, whoever gives up meanwhile.

use std::sync::Arc;

use loom::thread;
use ruff::runtime::channel::{Channel, Duty, Exchange, Shape};
use ruff::runtime::promise::{Promise, Ripple, Source};
use ruff::value::{Parcel, Value};

use crate::kit::{as_int, explore, hub};

fn parcel(value: i64) -> Parcel {
    Parcel::plain(Value::Int(value))
}

/// A rendezvous: both sides complete, whoever comes first.
pub(crate) fn send_vs_receive() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channel = Arc::new(Channel::new(&hub, Some(0)));
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || channel.send(None, parcel(7)).expect("nobody closes it"))
        };
        let received = channel.receive(None, Shape::Plain);
        let sent = sender.join().expect("sending does not panic");
        if let Exchange::Later([promise, _]) = sent {
            assert!(promise.is_settled(), "the send did not complete");
        }
        match received {
            Exchange::Now(parcel) => assert!(matches!(parcel.value, Value::Int(7))),
            Exchange::Later([promise, _]) => assert_eq!(as_int(promise.outcome()), 7),
        }
    });
}

/// A receiver gives up while a value is sent: it got the value, or the channel still has it.
pub(crate) fn a_cancelled_receiver_loses_nothing() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channel = Arc::new(Channel::new(&hub, None));
        let Exchange::Later([promise, _]) = channel.receive(None, Shape::Plain) else {
            panic!("it is empty")
        };
        promise.make_private();
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || drop(channel.send(None, parcel(7)).expect("nobody closes it")))
        };
        let mut ripple = Ripple::default();
        let delivered = Promise::abandon(&promise, &mut ripple);
        ripple.run(&hub, None);
        sender.join().expect("sending does not panic");
        assert_eq!(usize::from(delivered) + channel.len(), 1);
    });
}

/// Closing while a value is sent: it was refused, or is still there to be received; a waiting receiver gets the value or
/// learns that none will come.
pub(crate) fn send_vs_close() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channel = Arc::new(Channel::new(&hub, None));
        let Exchange::Later([receiving, _]) = channel.receive(None, Shape::Option) else {
            panic!("it is empty")
        };
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || channel.send(None, parcel(7)).is_ok())
        };
        channel.close(None);
        let sent = sender.join().expect("sending does not panic");
        let got = match receiving.outcome() {
            Some(Ok(Parcel { value: Value::None, .. })) => false,
            Some(Ok(Parcel { value: Value::Some(_), .. })) => true,
            other => panic!("the receiver still waits, or failed: {other:?}"),
        };
        assert_eq!(usize::from(sent), usize::from(got) + channel.len(), "a value was lost or invented");
    });
}

/// A receiver comes while the channel closes: it does not wait for ever.
pub(crate) fn receive_vs_close() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channel = Arc::new(Channel::new(&hub, None));
        let closer = {
            let channel = channel.clone();
            thread::spawn(move || channel.close(None))
        };
        let received = channel.receive(None, Shape::Option);
        assert!(closer.join().expect("closing does not panic"));
        if let Exchange::Later([promise, _]) = received {
            assert!(promise.is_settled(), "a receiver waits at a closed channel");
        }
    });
}

/// Two senders to a channel with room for one, and a receiver that takes both values.
pub(crate) fn two_senders_and_little_room() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channel = Arc::new(Channel::new(&hub, Some(1)));
        let senders = [1, 2].map(|value| {
            let channel = channel.clone();
            thread::spawn(move || channel.send(None, parcel(value)).expect("nobody closes it"))
        });
        let received = [channel.receive(None, Shape::Plain), channel.receive(None, Shape::Plain)];
        for sender in senders {
            if let Exchange::Later([promise, _]) = sender.join().expect("sending does not panic") {
                assert!(promise.is_settled(), "a sender waits though there is room");
            }
        }
        let sum: i64 = received.into_iter().map(value_of).sum();
        assert_eq!((sum, channel.len()), (3, 0));
    });
}

fn value_of(exchange: Exchange<Parcel>) -> i64 {
    match exchange {
        Exchange::Now(parcel) => as_int(Some(&Ok(parcel))),
        Exchange::Later([promise, _]) => as_int(promise.outcome()),
    }
}

/// A select over two channels to both of which is sent: exactly one value is taken.
pub(crate) fn select_takes_one() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channels = [Arc::new(Channel::new(&hub, None)), Arc::new(Channel::new(&hub, None))];
        let sender = {
            let channels = channels.clone();
            thread::spawn(move || {
                for (value, channel) in channels.iter().enumerate() {
                    drop(channel.send(None, parcel(value as i64)).expect("nobody closes it"));
                }
            })
        };
        let (promise, settler) = Promise::pair(&hub, Source::Select);
        let settler = Arc::new(settler);
        for (index, channel) in channels.iter().enumerate() {
            channel.receive_for(None, Duty::Selected(settler.clone(), index as u32));
        }
        sender.join().expect("sending does not panic");
        assert!(promise.is_settled());
        assert_eq!(channels[0].len() + channels[1].len(), 1);
    });
}

/// The same with each sender in a thread of its own, and a select that waits already.
pub(crate) fn select_takes_one_of_two_at_once() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channels = [Arc::new(Channel::new(&hub, None)), Arc::new(Channel::new(&hub, None))];
        let (promise, settler) = Promise::pair(&hub, Source::Select);
        let settler = Arc::new(settler);
        for (index, channel) in channels.iter().enumerate() {
            channel.receive_for(None, Duty::Selected(settler.clone(), index as u32));
        }
        let other = {
            let channel = channels[1].clone();
            thread::spawn(move || drop(channel.send(None, parcel(1)).expect("nobody closes it")))
        };
        drop(channels[0].send(None, parcel(0)).expect("nobody closes it"));
        other.join().expect("sending does not panic");
        assert!(promise.is_settled());
        assert_eq!(channels[0].len() + channels[1].len(), 1);
    });
}
