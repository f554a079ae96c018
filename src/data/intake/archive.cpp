#include "archive.hpp"

#include <algorithm>

#include <zip.h>

#include "encoding.hpp"

namespace minben::intake {

namespace {

constexpr std::size_t piece_bytes = 256u << 10;
constexpr std::int64_t max_entries = 10'000;
constexpr std::uint64_t free_bytes = 1u << 20;  // small archives may be packed tightly

std::unexpected<Error> too_large(std::string_view bound) {
  return fail(Kind::too_large, "archive_too_large", bound);
}

std::string entry_name(const char* raw) {
  const std::string_view bytes = raw;
  const std::string encoding = detect_encoding(bytes).encoding;
  if (encoding.empty() || encoding.starts_with("UTF-16")) return std::string(bytes);
  Repairs ignored;
  std::int64_t hkscs = 0;
  std::string name;
  to_utf8(bytes, encoding, name, ignored, hkscs);
  return name;
}

}  // namespace

struct Archive::Handle {
  zip_t* archive = nullptr;
  ~Handle() {
    if (archive != nullptr) zip_discard(archive);
  }
};

Archive::Archive(std::unique_ptr<Handle> handle, const Watch& watch, std::uint64_t packed)
    : handle_(std::move(handle)),
      watch_(&watch),
      left_(std::min(watch.limits().max_bytes, free_bytes + packed * watch.limits().max_ratio)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(std::string_view bytes, const Watch& watch) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  auto handle = std::make_unique<Handle>();
  if (source != nullptr) handle->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  const std::string why = handle->archive == nullptr ? zip_error_strerror(&error) : "";
  zip_error_fini(&error);
  if (handle->archive == nullptr) {
    zip_source_free(source);
    return not_a_table("a ZIP archive that cannot be opened: " + why);
  }
  const zip_int64_t count = zip_get_num_entries(handle->archive, 0);
  if (count > max_entries) return too_large("10000 files");
  Archive archive(std::move(handle), watch, bytes.size());
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive.handle_->archive, index, ZIP_FL_ENC_RAW, &stat) != 0) continue;
    if ((stat.valid & ZIP_STAT_NAME) == 0 || (stat.valid & ZIP_STAT_SIZE) == 0) continue;
    std::string name = entry_name(stat.name);
    if (name.empty() || name.ends_with('/') || name.contains("__MACOSX/")) continue;
    archive.entries_.push_back({std::move(name), index, stat.size});
  }
  return archive;
}

const ArchiveEntry* Archive::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &ArchiveEntry::name);
  return found == entries_.end() ? nullptr : &*found;
}

Result<void> Archive::read(const ArchiveEntry& entry,
                           const std::function<Result<void>(std::string_view, bool)>& take) {
  if (entry.bytes > left_) return too_large("Limits::max_bytes or max_ratio");
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
      zip_fopen_index(handle_->archive, entry.index, 0), zip_fclose);
  if (!file) return not_a_table("a ZIP archive: " + std::string(zip_strerror(handle_->archive)));
  std::vector<char> piece(piece_bytes);
  for (;;) {
    MINBEN_CHECK(watch_->check());
    const zip_int64_t size = zip_fread(file.get(), piece.data(), piece.size());
    if (size < 0) return not_a_table("a damaged ZIP archive");
    const auto got = static_cast<std::uint64_t>(size);
    if (got > left_) return too_large("Limits::max_bytes or max_ratio");
    left_ -= got;
    MINBEN_CHECK(take({piece.data(), got}, got == 0));
    if (got == 0) return {};
  }
}

Result<std::string> Archive::text(const ArchiveEntry& entry, std::uint64_t max_bytes) {
  std::string text;
  MINBEN_CHECK(read(entry, [&](std::string_view piece, bool) -> Result<void> {
    if (text.size() + piece.size() > max_bytes) return too_large("one part of it");
    text.append(piece);
    return {};
  }));
  return text;
}

Result<void> Archive::extract(const ArchiveEntry& entry, const std::filesystem::path& to) {
  MINBEN_TRY(out, OutputFile::create(to, watch_->limits().max_bytes));
  MINBEN_CHECK(read(entry, [&](std::string_view piece, bool) -> Result<void> {
    out.append(piece);
    return out.ok();
  }));
  return out.close();
}

}  // namespace minben::intake
