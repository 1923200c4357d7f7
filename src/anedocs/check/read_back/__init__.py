"""What finished files say, against the order set, without the help of what wrote them."""
