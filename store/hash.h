#pragma once

#include "store/item_table.h"
#include "store/value.h"

namespace store {

// Fields and their values: see ItemTable.
class Hash : public Collection, public ItemTable {
 public:
  static constexpr ValueType kType = ValueType::kHash;
  using ItemTable::ItemTable;
};

}  // namespace store
