package tributary.driver.conf;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tributary.datasets.Checks;

/** What a setting's value may be: its kind and its range, and how text becomes a value. */
sealed interface ValueType {
  /** The value that {@code scalar} stands for, or nothing if it is not one of this type. */
  Optional<Object> parse(Scalar scalar);

  /** Says what is expected, such as "a whole number >= 1". */
  String expected();

  /** A whole number in {@code min..max}. */
  record WholeNumber(long min, long max) implements ValueType {
    @Override
    public Optional<Object> parse(Scalar scalar) {
      try {
        long value = Long.parseLong(scalar.text());
        return value >= min && value <= max && !scalar.quoted()
            ? Optional.of(value)
            : Optional.empty();
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    @Override
    public String expected() {
      return Checks.format("a whole number in %d..%d", min, max);
    }
  }

  /** A number, or the word "auto" for one that the program finds. */
  record NumberOrAuto(ValueType number) implements ValueType {
    static final String AUTO = "auto";

    @Override
    public Optional<Object> parse(Scalar scalar) {
      return scalar.text().equals(AUTO) ? Optional.of(AUTO) : number.parse(scalar);
    }

    @Override
    public String expected() {
      return number.expected() + ", or " + AUTO;
    }
  }

  /**
   * A finite number, at least {@code min} (or greater, if that is excluded) and below {@code end}.
   */
  record Decimal(double min, Bound bound, double end) implements ValueType {
    enum Bound {
      INCLUDED,
      EXCLUDED
    }

    @Override
    public Optional<Object> parse(Scalar scalar) {
      try {
        double value = new BigDecimal(scalar.text()).doubleValue();
        boolean aboveMin = bound == Bound.INCLUDED ? value >= min : value > min;
        return aboveMin && value < end && !scalar.quoted() ? Optional.of(value) : Optional.empty();
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    @Override
    public String expected() {
      String low = (bound == Bound.INCLUDED ? ">= " : "> ") + plain(min);
      return end == Double.POSITIVE_INFINITY
          ? "a number " + low
          : "a number " + low + " and < " + plain(end);
    }

    private static String plain(double value) {
      return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
  }

  /** One of a few words; the supplier is asked when a value is read. */
  record Choice(Supplier<List<String>> words) implements ValueType {
    @Override
    public Optional<Object> parse(Scalar scalar) {
      return words.get().contains(scalar.text()) ? Optional.of(scalar.text()) : Optional.empty();
    }

    @Override
    public String expected() {
      return "one of " + String.join(", ", words.get());
    }
  }

  /** Any text. */
  record Text() implements ValueType {
    @Override
    public Optional<Object> parse(Scalar scalar) {
      return Optional.of(scalar.text());
    }

    @Override
    public String expected() {
      return "text";
    }
  }
}
