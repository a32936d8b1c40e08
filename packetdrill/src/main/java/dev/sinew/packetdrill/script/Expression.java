package dev.sinew.packetdrill.script;

import java.util.List;

/** An argument or a result of a call. */
public sealed interface Expression {
  Place place();

  /** A number, decimal or hexadecimal. */
  record Int(Place place, long value) implements Expression {}

  record Text(Place place, String value) implements Expression {}

  /** {@code ...}: whatever the runner thinks right. */
  record Ellipsis(Place place) implements Expression {}

  /** A name of the socket interface, such as {@code SOL_SOCKET}. */
  record Word(Place place, String name) implements Expression {}

  /** {@code a | b}. */
  record Or(Place place, Expression left, Expression right) implements Expression {}

  /** {@code [a, b]}. */
  record Array(Place place, List<Expression> items) implements Expression {}

  /** {@code htons(8080)}, {@code inet_addr("1.2.3.4")}. */
  record Function(Place place, String name, List<Expression> arguments) implements Expression {}

  /** {@code {a=1, b=2}} or {@code {x, y}}, and {@code msg_iov(1)=...}. */
  record Struct(Place place, List<Field> fields) implements Expression {}

  /** One field; the name is empty in a struct of bare values. */
  record Field(String name, Expression value) {}
}
