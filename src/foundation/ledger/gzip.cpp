#include "gzip.hpp"

#include <zlib.h>

namespace minben::ledger {

namespace {
constexpr int gzip_window = 15 + 16;  ///< zlib: the largest window, in gzip's wrapping
constexpr int memory_level = 8;

/// zlib does not write to what it reads, but is older than const.
Bytef* unconst(const void* data) {
  return const_cast<Bytef*>(static_cast<const Bytef*>(data));  // NOLINT(*-const-cast)
}
}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  MINBEN_ASSERT(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, memory_level,
                             Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = unconst(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = unconst(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  MINBEN_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Gunzip::Stream {
  z_stream z{};
  bool over = false;
};

Gunzip::Gunzip(Octets packed) : stream_(std::make_unique<Stream>()) {
  stream_->z.next_in = unconst(packed.data());
  stream_->z.avail_in = static_cast<uInt>(packed.size());
  MINBEN_ASSERT(inflateInit2(&stream_->z, gzip_window) == Z_OK);
}

Gunzip::~Gunzip() { inflateEnd(&stream_->z); }

std::size_t Gunzip::read(std::span<std::uint8_t> out) {
  z_stream& z = stream_->z;
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  while (z.avail_out > 0 && !stream_->over) {
    const int status = inflate(&z, Z_NO_FLUSH);
    if (status == Z_STREAM_END && z.avail_in > 0)
      stream_->over = inflateReset(&z) != Z_OK;  // another member (RFC 1952 §2.2)
    else stream_->over = status != Z_OK;
  }
  return out.size() - z.avail_out;
}

}  // namespace minben::ledger
