package tributary.driver.features;

/** How near two vectors are; computed in double, in the order of the values. */
public enum Measure {
  /** The cosine of the angle between them: 1 for the same direction; 0 if one is all zeros. */
  COSINE {
    @Override
    double of(float[] a, float[] b) {
      double product = 0;
      double squaresOfA = 0;
      double squaresOfB = 0;
      for (int i = 0; i < a.length; i++) {
        product += (double) a[i] * b[i];
        squaresOfA += (double) a[i] * a[i];
        squaresOfB += (double) b[i] * b[i];
      }
      double lengths = Math.sqrt(squaresOfA * squaresOfB);
      return lengths == 0 ? 0 : product / lengths;
    }

    @Override
    int compare(double one, double other) {
      return Double.isNaN(one) || Double.isNaN(other)
          ? Double.compare(one, other)
          : Double.compare(other, one);
    }
  },
  /** The length of their difference. */
  EUCLIDEAN {
    @Override
    double of(float[] a, float[] b) {
      double squares = 0;
      for (int i = 0; i < a.length; i++) {
        double difference = (double) a[i] - b[i];
        squares += difference * difference;
      }
      return Math.sqrt(squares);
    }

    @Override
    int compare(double one, double other) {
      return Double.compare(one, other);
    }
  };

  /** The measure of two vectors of one length. */
  abstract double of(float[] a, float[] b);

  /** Puts what is nearer first, and what is not a number last. */
  abstract int compare(double one, double other);
}
