"""What kubectl is: its commands, flags, kinds and line grammar."""
