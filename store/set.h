#pragma once

#include "store/item_table.h"
#include "store/value.h"

namespace store {

// Members without values: see ItemTable.
class Set : public Collection, public ItemTable {
 public:
  static constexpr ValueType kType = ValueType::kSet;
  using ItemTable::ItemTable;
};

}  // namespace store
