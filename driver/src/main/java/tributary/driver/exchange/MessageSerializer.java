package tributary.driver.exchange;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.NoSuchElementException;
import org.apache.spark.serializer.DeserializationStream;
import org.apache.spark.serializer.SerializationStream;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.serializer.SerializerInstance;
import scala.Tuple2;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.reflect.ClassTag;

/**
 * Lets a shuffle carry {@link Message}s by slice as raw bytes: Java's serialisation copies a slice
 * three times. Streams only, and nothing in them names a class.
 */
final class MessageSerializer extends Serializer implements Serializable {
  private static final long serialVersionUID = 1;

  private final Phases phases;

  /** Adds the time that writing takes to {@code phases}. */
  MessageSerializer(Phases phases) {
    this.phases = phases;
  }

  @Override
  public SerializerInstance newInstance() {
    return new Instance(phases);
  }

  private static final class Instance extends SerializerInstance {
    private final Phases phases;

    Instance(Phases phases) {
      this.phases = phases;
    }

    @Override
    public SerializationStream serializeStream(OutputStream stream) {
      return new Out(new DataOutputStream(stream), phases);
    }

    @Override
    public DeserializationStream deserializeStream(InputStream stream) {
      return new In(new DataInputStream(stream));
    }

    @Override
    public <T> ByteBuffer serialize(T value, ClassTag<T> type) {
      throw new UnsupportedOperationException("a shuffle writes streams");
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassTag<T> type) {
      throw new UnsupportedOperationException("a shuffle reads streams");
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassLoader loader, ClassTag<T> type) {
      throw new UnsupportedOperationException("a shuffle reads streams");
    }
  }

  private static final class Out extends SerializationStream {
    private final DataOutputStream out;
    private final Phases phases;

    Out(DataOutputStream out, Phases phases) {
      this.out = out;
      this.phases = phases;
    }

    @Override
    public <T> SerializationStream writeObject(T keyOrMessage, ClassTag<T> type) {
      long start = System.nanoTime();
      try {
        if (keyOrMessage instanceof Integer key) {
          out.writeInt(key);
        } else if (keyOrMessage instanceof Message message) {
          Message.write(message, out);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      phases.serialise().add(System.nanoTime() - start);
      return this;
    }

    @Override
    public void flush() {
      try {
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class In extends DeserializationStream {
    private final DataInputStream in;

    In(DataInputStream in) {
      this.in = in;
    }

    @Override
    public Iterator<Tuple2<Object, Object>> asKeyValueIterator() {
      return new Messages(this, in);
    }

    @Override
    public <T> T readObject(ClassTag<T> type) {
      throw new UnsupportedOperationException("a shuffle reads keys with their values");
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** All of a stream, which is closed at its end. */
  private static final class Messages extends AbstractIterator<Tuple2<Object, Object>> {
    private final In stream;
    private final DataInputStream in;
    private int key;
    private boolean keyRead;
    private boolean ended;

    Messages(In stream, DataInputStream in) {
      this.stream = stream;
      this.in = in;
    }

    @Override
    public boolean hasNext() {
      if (!keyRead && !ended) {
        readKey();
      }
      return keyRead;
    }

    @Override
    public Tuple2<Object, Object> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no message is left");
      }
      keyRead = false;
      try {
        return new Tuple2<>(key, Message.read(in));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void readKey() {
      try {
        key = in.readInt();
        keyRead = true;
      } catch (EOFException e) {
        ended = true;
        stream.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
