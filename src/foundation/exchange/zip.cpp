#include "zip.hpp"

#include <memory>
#include <set>

#include <zip.h>

namespace minben::exchange {

namespace {

constexpr zip_uint16_t dos_epoch = 1 << 5 | 1;  // 1980-01-01

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;
using File = std::unique_ptr<zip_file_t, Discard>;

/// The text of libzip for its own last error, which it keeps itself.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  operator zip_error_t*() { return &error_; }
  [[nodiscard]] std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_{};
};

std::unexpected<Error> failed(std::string_view why) {
  return fail(Kind::internal, "container_failed", why);
}
std::unexpected<Error> not_a_container(std::string_view why, std::string_view part = {}) {
  return fail(Kind::invalid, "not_a_container", why, part);
}

/// `passphrase` nullptr: not encrypted.
Result<void> add(zip_t* archive, const ZipEntry& entry, const char* passphrase) {
  Source content(zip_source_buffer(archive, entry.content.data(), entry.content.size(), 0));
  if (!content) return failed(zip_strerror(archive));
  const zip_int64_t index =
      zip_file_add(archive, entry.name.c_str(), content.get(), ZIP_FL_ENC_UTF_8);
  if (index < 0) return failed(zip_strerror(archive));
  content.release();  // the archive's now
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, at, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, at, 0, dos_epoch, 0) != 0)
    return failed(zip_strerror(archive));
  if (passphrase != nullptr &&
      zip_file_set_encryption(archive, at, ZIP_EM_AES_256, passphrase) != 0)
    return failed(zip_strerror(archive));
  return {};
}

Result<std::string> content_of(zip_source_t* written) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_stat(written, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0 ||
      zip_source_open(written) != 0)
    return failed("cannot be read back");
  std::string bytes(stat.size, '\0');
  const auto read = zip_source_read(written, bytes.data(), bytes.size());
  zip_source_close(written);
  if (read != static_cast<zip_int64_t>(bytes.size())) return failed("cannot be read back");
  return bytes;
}

Result<ZipEntry> read_entry(zip_t* archive, zip_uint64_t index, std::size_t left) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  constexpr zip_uint64_t known = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                 ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive, index, ZIP_FL_ENC_RAW, &stat) != 0 || (stat.valid & known) != known)
    return not_a_container(zip_strerror(archive));
  ZipEntry entry{stat.name, {}};
  if (stat.comp_method != ZIP_CM_STORE || stat.encryption_method != ZIP_EM_NONE)
    return fail(Kind::invalid, "packed_part", "compressed or encrypted", entry.name);
  if (stat.size != stat.comp_size || stat.size > left)
    return not_a_container("larger than the file it is in", entry.name);
  const File file(zip_fopen_index(archive, index, 0));
  if (!file) return not_a_container(zip_strerror(archive), entry.name);
  entry.content.resize(stat.size);
  char beyond = 0;  // reading to the end is what checks the CRC
  if (zip_fread(file.get(), entry.content.data(), stat.size) !=
          static_cast<zip_int64_t>(stat.size) ||
      zip_fread(file.get(), &beyond, 1) != 0)
    return not_a_container("damaged", entry.name);
  return entry;
}

Result<std::string> write(const std::vector<ZipEntry>& entries, const char* passphrase) {
  ZipError error;
  Source target(zip_source_buffer_create(nullptr, 0, 0, error));
  if (!target) return failed(error.text());
  Archive archive(zip_open_from_source(target.get(), ZIP_CREATE | ZIP_TRUNCATE, error));
  if (!archive) return failed(error.text());
  zip_source_keep(target.get());  // the archive holds it too until it is closed
  for (const ZipEntry& entry : entries) MINBEN_CHECK(add(archive.get(), entry, passphrase));
  if (zip_close(archive.get()) != 0) return failed(zip_strerror(archive.get()));
  archive.release();
  return content_of(target.get());
}

}  // namespace

Result<std::string> write_zip(const std::vector<ZipEntry>& entries) {
  return write(entries, nullptr);
}

Result<std::string> write_encrypted_zip(const std::vector<ZipEntry>& entries,
                                        const std::string& passphrase) {
  return write(entries, passphrase.c_str());
}

Result<std::vector<ZipEntry>> read_zip(std::string_view bytes, std::size_t max_entries) {
  ZipError error;
  Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error));
  if (!source) return failed(error.text());
  const Archive archive(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error));
  if (!archive) return not_a_container(error.text());
  source.release();  // the archive's now
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || static_cast<std::size_t>(count) > max_entries)
    return fail(Kind::too_large, "too_many_parts", "more files than a container has");
  std::vector<ZipEntry> entries;
  std::set<std::string, std::less<>> names;
  std::size_t left = bytes.size();  // stored parts cannot be larger together
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    MINBEN_TRY(entry, read_entry(archive.get(), i, left));
    left -= entry.content.size();
    if (!names.insert(entry.name).second)
      return fail(Kind::invalid, "duplicate_part", "twice in the container", entry.name);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace minben::exchange
