#include "records.hpp"

namespace minben::intake {

Result<RecordWriter> RecordWriter::create(const std::filesystem::path& path, const Watch& watch) {
  MINBEN_TRY(out, OutputFile::create(path, watch.limits().max_bytes));
  return RecordWriter(std::move(out), watch);
}

std::size_t RecordWriter::column(std::string_view name) {
  if (next_ < keys_.size() && keys_[next_] == name) return next_++;
  const auto [found, is_new] = places_.try_emplace(std::string(name), known_.names.size());
  if (is_new) {
    if (known_.names.size() >= watch_.limits().max_columns) {
      if (error_) error_ = fail(Kind::too_large, "too_many_columns", "Limits::max_columns");
      places_.erase(found);
      return 0;
    }
    keys_.emplace_back(name);
    known_.names.emplace_back(name.substr(name.starts_with(own_column) ? 1 : 0));
    known_.geometry.push_back(false);
    values_.emplace_back();
  }
  next_ = found->second + 1;
  return found->second;
}

void RecordWriter::mark_geometry(std::size_t column) { known_.geometry[column] = true; }

void RecordWriter::set(std::size_t column, std::string_view value, bool quoted) {
  if (column >= values_.size()) return;  // beyond the bound: the error is kept
  Value& place = values_[column];
  const std::size_t bound =
      known_.geometry[column] ? watch_.limits().max_geometry_bytes : watch_.limits().max_cell_bytes;
  if (place.text.size() + value.size() > bound) {
    if (error_) error_ = fail(Kind::too_large, "cell_too_large", "Limits::max_cell_bytes");
    return;
  }
  if (place.set) place.text.append("; ").append(value);
  else place.text.assign(value);
  place.set = true;
  place.quoted = quoted;
  any_ = true;
}

void RecordWriter::drop_record() {
  for (Value& value : values_) {
    value.set = false;
    value.text.clear();
  }
  next_ = 0;
  any_ = false;
}

Result<void> RecordWriter::end_record() {
  MINBEN_CHECK(error_);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (i > 0) out_.append(',');
    if (values_[i].set) append_cell(out_, values_[i].text, values_[i].quoted);
  }
  // Without any column the line would be blank, which is no row.
  if (values_.size() <= 1 && (values_.empty() || values_[0].text.empty()))
    out_.append(values_.empty() || !values_[0].set ? std::string_view("\"\"") : "");
  out_.append('\n');
  drop_record();
  if (++records_ % 1024 == 0) {
    MINBEN_CHECK(watch_.check());
    MINBEN_CHECK(out_.ok());
  }
  return {};
}

Result<KnownColumns> RecordWriter::close() {
  MINBEN_CHECK(error_);
  MINBEN_CHECK(out_.close());
  return std::move(known_);
}

}  // namespace minben::intake
