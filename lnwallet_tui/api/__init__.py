"""The words the screen and the node share: views, events, refusals and the NodeApi protocol."""
