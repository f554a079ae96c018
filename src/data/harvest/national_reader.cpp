// Files of rows: the national list, its metadata standard, and what cities publish of theirs.
#include <unistd.h>

#include <unordered_map>

#include <fmt/format.h>

#include "interchange/national.hpp"
#include "tables.hpp"

namespace minben::harvest {

namespace {

constexpr std::size_t batch_size = 500;

/// A file that is gone when this is.
class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "minben-harvest-XXXXXX";
    const int file = ::mkstemp(name.data());
    if (file >= 0) ::close(file);
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Result<interchange::FoundNational> read_row(JsonObject&& row, const Source& source) {
  if (row.contains("資料集名稱") || row.contains("資料名稱")) {
    const bool city = !source.portal.empty();
    return interchange::read_portal_row(
        row, {city ? source.portal : source.code.value,
              city ? source.government : source.title.in(Language::zh_hant)});
  }
  if (row.contains("id") && row.contains("name"))
    return interchange::read_national_line(Json(std::move(row)));
  auto read = interchange::read_national(Json(std::move(row)));
  if (!read) return fail(std::move(read.error().front()));
  return std::move(*read);
}

class NationalReader final : public Reader {
 public:
  NationalReader(Asking& asking, std::filesystem::path file)
      : asking_(asking), file_(std::move(file)) {}

  /// Always from the beginning: what this run has already is passed over when it is imported.
  Result<void> read(const Json&, const Sink& sink) override {
    std::optional<Scratch> scratch;
    std::filesystem::path file = file_;
    if (file.empty()) {
      scratch.emplace();
      file = scratch->path();
      MINBEN_CHECK(asking_.get_file(asking_.source().url, file));
    }
    Batch batch;
    MINBEN_CHECK(read_rows(file, [&](JsonObject&& row) -> Result<void> {
      batch.objects.push_back(found(std::move(row)));
      if (batch.objects.size() < batch_size) return {};
      return sink(std::exchange(batch, {}));
    }));
    batch.next = Json(nullptr);
    return sink(std::move(batch));
  }

 private:
  Found found(JsonObject&& row) {
    Found out;
    const std::string text = row.size() < 200 ? write_json(row) : std::string();
    auto read = read_row(std::move(row), asking_.source());
    if (!read) {
      out.identifier = "row:" + hex_encode(sha256(text)).substr(0, 16);
      out.fault = std::move(read.error());
    } else {
      out.dataset = std::move(read->dataset);
      out.publisher = std::move(read->publisher);
      if (out.dataset.origin) out.identifier = out.dataset.origin->identifier;
      if (out.identifier.empty()) out.identifier = out.dataset.national_id;
      if (out.identifier.empty()) out.identifier = out.dataset.name;
      out.url = out.dataset.landing_page;
    }
    // Rows that share a number or a title are datasets of their own.
    if (const int count = ++seen_[out.identifier]; count > 1)
      out.identifier += fmt::format("#{}", count);
    return out;
  }

  Asking& asking_;
  std::filesystem::path file_;
  std::unordered_map<std::string, int> seen_;
};

}  // namespace

std::unique_ptr<Reader> national_reader(Asking& asking, const std::filesystem::path& file) {
  return std::make_unique<NationalReader>(asking, file);
}

}  // namespace minben::harvest
