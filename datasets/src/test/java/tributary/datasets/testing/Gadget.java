package tributary.datasets.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/** Leaves a file behind when it is deserialised: whoever reads it with Java runs its code. */
public final class Gadget implements Serializable {
  private static final long serialVersionUID = 1;

  private final String file;

  private Gadget(Path file) {
    this.file = file.toString();
  }

  /** What a careless reader would deserialise; {@code file} is there once one has. */
  public static byte[] leaving(Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new Gadget(file));
    }
    return bytes.toByteArray();
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    Files.createFile(Path.of(file));
  }
}
