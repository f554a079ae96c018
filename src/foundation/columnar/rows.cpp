#include "impl.hpp"

namespace minben::columnar {

namespace {

/// nullopt: not answered as it is.
std::optional<Type> type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return Type::boolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
      return Type::integer;
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
      return Type::huge;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return Type::number;
    case DUCKDB_TYPE_DECIMAL:
      return Type::decimal;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_SQLNULL:
      return Type::text;
    case DUCKDB_TYPE_DATE:
      return Type::date;
    case DUCKDB_TYPE_TIME:
      return Type::time;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return Type::timestamp;
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Type::instant;
    default:
      return std::nullopt;
  }
}

template <class T>
T at(const void* data, std::size_t row) {
  return static_cast<const T*>(data)[row];
}

}  // namespace

std::string_view to_string(Type type) {
  constexpr std::array<std::string_view, 10> names{"boolean",   "integer", "huge", "number",
                                                   "decimal",   "text",    "date", "time",
                                                   "timestamp", "instant"};
  return names[static_cast<std::size_t>(type)];
}

bool Column::boolean(std::size_t row) const { return at<bool>(data_, row); }

std::int64_t Column::integer(std::size_t row) const {
  switch (physical_) {
    case DUCKDB_TYPE_TINYINT:
      return at<std::int8_t>(data_, row);
    case DUCKDB_TYPE_SMALLINT:
      return at<std::int16_t>(data_, row);
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE:
      return at<std::int32_t>(data_, row);
    case DUCKDB_TYPE_UTINYINT:
      return at<std::uint8_t>(data_, row);
    case DUCKDB_TYPE_USMALLINT:
      return at<std::uint16_t>(data_, row);
    case DUCKDB_TYPE_UINTEGER:
      return at<std::uint32_t>(data_, row);
    case DUCKDB_TYPE_TIMESTAMP_S:
      return at<std::int64_t>(data_, row) * 1'000'000;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return at<std::int64_t>(data_, row) * 1'000;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return at<std::int64_t>(data_, row) / 1'000;
    default:
      return at<std::int64_t>(data_, row);
  }
}

double Column::number(std::size_t row) const {
  return physical_ == DUCKDB_TYPE_FLOAT ? static_cast<double>(at<float>(data_, row))
                                        : at<double>(data_, row);
}

std::string_view Column::text(std::size_t row) const {
  const auto& value = static_cast<const duckdb_string_t*>(data_)[row];
  const std::uint32_t size = value.value.inlined.length;
  constexpr std::uint32_t inlined = 12;
  return {size <= inlined ? value.value.inlined.inlined : value.value.pointer.ptr, size};
}

Rows::Rows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

const std::vector<ColumnInfo>& Rows::columns() const { return impl_->columns; }

Result<void> Rows::Impl::describe() {
  const idx_t count = duckdb_column_count(&result);
  for (idx_t i = 0; i < count; ++i) {
    const duckdb_type given = duckdb_column_type(&result, i);
    const auto type = type_of(given);
    const std::string name = duckdb_column_name(&result, i);
    if (!type)
      return fail(Kind::invalid, "bad_query",
                  "the type of a column cannot be shown: cast it to text", name);
    int physical_type = given;
    int scale = 0;
    if (given == DUCKDB_TYPE_DECIMAL) {
      duckdb_logical_type logical = duckdb_column_logical_type(&result, i);
      physical_type = duckdb_decimal_internal_type(logical);
      scale = duckdb_decimal_scale(logical);
      duckdb_destroy_logical_type(&logical);
    }
    columns.push_back({name, *type});
    physical.push_back(physical_type);
    scales.push_back(scale);
  }
  view.columns.resize(count);
  return {};
}

Result<const Chunk*> Rows::next() {
  Impl& own = *impl_;
  if (own.chunk != nullptr) duckdb_destroy_data_chunk(&own.chunk);
  own.chunk = duckdb_fetch_chunk(own.result);
  if (own.chunk == nullptr) {
    // The end and a failure look alike but for this.
    const char* said = duckdb_result_error(&own.result);
    if (said != nullptr && *said != '\0') return fail(own.connection->error(said));
    return nullptr;
  }
  view(own.chunk);
  return &own.view;
}

void Rows::view(void* fetched) {
  Impl& own = *impl_;
  const auto chunk = static_cast<duckdb_data_chunk>(fetched);
  own.view.rows = duckdb_data_chunk_get_size(chunk);
  for (std::size_t i = 0; i < own.columns.size(); ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    Column& column = own.view.columns[i];
    column.type_ = own.columns[i].type;
    column.physical_ = own.physical[i];
    column.scale_ = own.scales[i];
    column.data_ = duckdb_vector_get_data(vector);
    column.validity_ = duckdb_vector_get_validity(vector);
  }
}

}  // namespace minben::columnar
