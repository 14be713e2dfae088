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
        let channel = Arc::new(Channel::new(Some(0)));
        let sender = {
            let (hub, channel) = (hub.clone(), channel.clone());
            thread::spawn(move || channel.send(&hub, parcel(7)).expect("nobody closes it"))
        };
        let received = channel.receive(&hub, Shape::Plain);
        let sent = sender.join().expect("sending does not panic");
        if let Exchange::Later(promise) = sent {
            assert!(promise.is_settled(), "the send did not complete");
        }
        match received {
            Exchange::Now(parcel) => assert!(matches!(parcel.value, Value::Int(7))),
            Exchange::Later(promise) => assert_eq!(as_int(promise.outcome()), 7),
        }
    });
}

/// A receiver gives up while a value is sent: it got the value, or the channel still has it.
pub(crate) fn a_cancelled_receiver_loses_nothing() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channel = Arc::new(Channel::new(None));
        let Exchange::Later(promise) = channel.receive(&hub, Shape::Plain) else { panic!("it is empty") };
        promise.make_private();
        let sender = {
            let (hub, channel) = (hub.clone(), channel.clone());
            thread::spawn(move || drop(channel.send(&hub, parcel(7)).expect("nobody closes it")))
        };
        let mut ripple = Ripple::default();
        let delivered = Promise::abandon(&promise, &mut ripple);
        ripple.run(&hub, None);
        sender.join().expect("sending does not panic");
        assert_eq!(usize::from(delivered) + channel.len(), 1);
    });
}

/// A select over two channels to both of which is sent: exactly one value is taken.
pub(crate) fn select_takes_one() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let channels = [Arc::new(Channel::new(None)), Arc::new(Channel::new(None))];
        let sender = {
            let (hub, channels) = (hub.clone(), channels.clone());
            thread::spawn(move || {
                for (value, channel) in channels.iter().enumerate() {
                    drop(channel.send(&hub, parcel(value as i64)).expect("nobody closes it"));
                }
            })
        };
        let (promise, settler) = Promise::pair(&hub, Source::Select);
        let settler = Arc::new(settler);
        for (index, channel) in channels.iter().enumerate() {
            channel.receive_for(&hub, Duty::Selected(settler.clone(), index as u32));
        }
        sender.join().expect("sending does not panic");
        assert!(promise.is_settled());
        assert_eq!(channels[0].len() + channels[1].len(), 1);
    });
}
