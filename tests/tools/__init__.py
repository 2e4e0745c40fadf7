"""What proves the workbooks: spreadsheet engines, validators and pictures, driven from the tests."""
