Attribute VB_Name = "LmZip"
Option Explicit
' Rewrites a finished .xlsx without the parts that Excel keeps and a partner must not get: the ribbon of macros that are
' gone, and who wrote and saved the file. Pure VBA on the bytes of the zip; parts that stay are copied as they are.
'
'   CleanPackage source, target    raises an error where the source is no plain zip

Private Const END_MARK As Long = &H6054B50
Private Const ENTRY_MARK As Long = &H2014B50
Private Const NOT_A_ZIP As Long = 2100
Private Const LONGEST_END As Long = 65557
Private Const CHUNK As Long = 65536

Private Type ZipEntry
    label As String
    flags As Long
    method As Long
    stamp As Long
    crc As Long
    packed As Long
    size As Long
    start As Long
    final As Long
    text As String
End Type

Public Sub CleanPackage(source As String, target As String, title As String)
    Dim inward As Integer, outward As Integer, number As Long, words As String
    On Error GoTo Failed
    inward = FreeFile
    Open source For Binary Access Read As #inward
    RemoveFile target
    outward = FreeFile
    Open target For Binary Access Write As #outward
    WritePackage inward, outward, title
    Close #inward
    Close #outward
    Exit Sub
Failed:
    ' A file that stays open could not be removed.
    number = Err.Number
    words = Err.Description
    If inward <> 0 Then Close #inward
    If outward <> 0 Then Close #outward
    Err.Raise number, , words
End Sub

Private Sub WritePackage(inward As Integer, outward As Integer, title As String)
    Dim entries() As ZipEntry, count As Long, place As Long, at As Long
    count = ReadEntries(inward, entries)
    at = 1
    For place = 1 To count
        entries(place).text = Replacement(entries(place).label, title)
        If Kept(entries(place).label) Then WriteEntry inward, outward, entries(place), at
    Next place
    WriteDirectory outward, entries, count, at
End Sub

Private Function Kept(name As String) As Boolean
    Kept = Left$(name, 9) <> "customUI/" And name <> "docProps/custom.xml" And Left$(name, 18) <> "docProps/thumbnail"
End Function

Private Function Replacement(name As String, title As String) As String
    ' What stands in a part instead of what Excel wrote; "" where it stays as it is.
    Const HEAD As String = "<?xml version=""1.0"" encoding=""UTF-8"" standalone=""yes""?>"
    Const PACKAGE As String = "http://schemas.openxmlformats.org/package/2006/"
    Const OFFICE As String = "http://schemas.openxmlformats.org/officeDocument/2006/"
    Select Case name
    Case "_rels/.rels"
        Replacement = HEAD & "<Relationships xmlns=""" & PACKAGE & "relationships"">" & _
            "<Relationship Id=""rId1"" Type=""" & OFFICE & "relationships/officeDocument"" Target=""xl/workbook.xml""/>" & _
            "<Relationship Id=""rId2"" Type=""" & PACKAGE & "relationships/metadata/core-properties"" " & _
            "Target=""docProps/core.xml""/><Relationship Id=""rId3"" Type=""" & OFFICE & _
            "relationships/extended-properties"" Target=""docProps/app.xml""/></Relationships>"
    Case "docProps/core.xml"
        Replacement = HEAD & "<cp:coreProperties xmlns:cp=""" & PACKAGE & "metadata/core-properties"" " & _
            "xmlns:dc=""http://purl.org/dc/elements/1.1/""><dc:title>" & Escaped(title) & "</dc:title>" & _
            "</cp:coreProperties>"
    Case "docProps/app.xml"
        Replacement = HEAD & "<Properties xmlns=""" & OFFICE & "extended-properties""><Application>lossmit_xl" & _
            "</Application></Properties>"
    End Select
End Function

Private Function Escaped(text As String) As String
    ' XML of a text, in ASCII: other letters as character references.
    Dim place As Long, code As Long
    For place = 1 To Len(text)
        code = AscW(Mid$(text, place, 1)) And &HFFFF&
        If code < 32 Or code > 126 Or code = 38 Or code = 60 Or code = 62 Then
            If code >= &HD800& And code <= &HDFFF& Then code = 63
            If code < 32 Then code = 32
            Escaped = Escaped & "&#" & code & ";"
        Else
            Escaped = Escaped & Chr$(code)
        End If
    Next place
End Function

Private Sub ReadBytes(inward As Integer, start As Long, count As Long, bytes() As Byte)
    ' `count` bytes of a file, the first at `start`, from 0.
    ReDim bytes(0 To count - 1)
    Get #inward, start + 1, bytes
End Sub

Private Function ReadEntries(inward As Integer, entries() As ZipEntry) As Long
    ' The table at the zip's end: an entry a part, each with the place its bytes begin and where the next one's do.
    Dim bytes() As Byte, size As Long, tail As Long, at As Long, count As Long, place As Long, directory As Long
    size = LOF(inward)
    If size > LONGEST_END Then size = LONGEST_END
    If size < 22 Then Err.Raise NOT_A_ZIP, , "the saved copy is no zip file"
    ReadBytes inward, LOF(inward) - size, size, bytes
    tail = size - 22
    Do While Four(bytes, tail) <> END_MARK
        tail = tail - 1
        If tail < 0 Then Err.Raise NOT_A_ZIP, , "the saved copy is no zip file"
    Loop
    count = Two(bytes, tail + 10)
    directory = Four(bytes, tail + 16)
    If directory < 0 Or count = 65535 Then Err.Raise NOT_A_ZIP, , "the saved copy is larger than 2 GB"
    ReDim entries(1 To count)
    ReadBytes inward, directory, Four(bytes, tail + 12), bytes
    For place = 1 To count
        If Four(bytes, at) <> ENTRY_MARK Then Err.Raise NOT_A_ZIP, , "the saved copy's table of parts is damaged"
        ReadEntry bytes, at, entries(place)
        at = at + 46 + Two(bytes, at + 28) + Two(bytes, at + 30) + Two(bytes, at + 32)
    Next place
    FindEnds entries, count, directory
    ReadEntries = count
End Function

Private Sub ReadEntry(bytes() As Byte, at As Long, entry As ZipEntry)
    Dim place As Long
    entry.flags = Two(bytes, at + 8)
    entry.method = Two(bytes, at + 10)
    entry.stamp = Four(bytes, at + 12)
    entry.crc = Four(bytes, at + 16)
    entry.packed = Four(bytes, at + 20)
    entry.size = Four(bytes, at + 24)
    entry.start = Four(bytes, at + 42)
    For place = 0 To Two(bytes, at + 28) - 1
        entry.label = entry.label & Chr$(bytes(at + 46 + place))
    Next place
End Sub

Private Sub FindEnds(entries() As ZipEntry, count As Long, directory As Long)
    Dim place As Long, other As Long
    For place = 1 To count
        entries(place).final = directory - 1
        For other = 1 To count
            If entries(other).start > entries(place).start And entries(other).start - 1 < entries(place).final Then
                entries(place).final = entries(other).start - 1
            End If
        Next other
    Next place
End Sub

Private Sub WriteEntry(inward As Integer, outward As Integer, entry As ZipEntry, at As Long)
    ' As it was, or with its new text. `at` moves on; the entry learns its new place.
    Dim start As Long
    start = at - 1
    If entry.text = "" Then
        CopyBytes inward, outward, entry, at
    Else
        WriteText outward, entry, at
    End If
    entry.start = start
End Sub

Private Sub CopyBytes(inward As Integer, outward As Integer, entry As ZipEntry, at As Long)
    Dim block() As Byte, place As Long, size As Long
    place = entry.start
    Do While place <= entry.final
        size = entry.final - place + 1
        If size > CHUNK Then size = CHUNK
        ReadBytes inward, place, size, block
        Put #outward, at, block
        place = place + size
        at = at + size
    Loop
End Sub

Private Sub WriteText(outward As Integer, entry As ZipEntry, at As Long)
    ' Stored uncompressed.
    Dim block() As Byte, data() As Byte, place As Long
    ReDim data(0 To Len(entry.text) - 1)
    PutText data, 0, entry.text
    entry.flags = 0
    entry.method = 0
    entry.stamp = &H210000
    entry.size = UBound(data) + 1
    entry.packed = entry.size
    entry.crc = Crc32(data)
    ReDim block(0 To 29 + Len(entry.label) + entry.size)
    PutFour block, 0, &H4034B50
    PutTwo block, 4, 20
    PutFour block, 10, entry.stamp
    PutFour block, 14, entry.crc
    PutFour block, 18, entry.packed
    PutFour block, 22, entry.size
    PutTwo block, 26, Len(entry.label)
    PutText block, 30, entry.label
    For place = 0 To UBound(data)
        block(30 + Len(entry.label) + place) = data(place)
    Next place
    Put #outward, at, block
    at = at + UBound(block) + 1
End Sub

Private Sub WriteDirectory(file As Integer, entries() As ZipEntry, count As Long, at As Long)
    Dim block() As Byte, place As Long, kinds As Long, first As Long
    first = at - 1
    For place = 1 To count
        If Kept(entries(place).label) Then
            kinds = kinds + 1
            ReDim block(0 To 45 + Len(entries(place).label))
            PutFour block, 0, ENTRY_MARK
            PutTwo block, 4, 20
            PutTwo block, 6, 20
            PutTwo block, 8, entries(place).flags
            PutTwo block, 10, entries(place).method
            PutFour block, 12, entries(place).stamp
            PutFour block, 16, entries(place).crc
            PutFour block, 20, entries(place).packed
            PutFour block, 24, entries(place).size
            PutTwo block, 28, Len(entries(place).label)
            PutFour block, 42, entries(place).start
            PutText block, 46, entries(place).label
            Put #file, at, block
            at = at + UBound(block) + 1
        End If
    Next place
    ReDim block(0 To 21)
    PutFour block, 0, END_MARK
    PutTwo block, 8, kinds
    PutTwo block, 10, kinds
    PutFour block, 12, at - 1 - first
    PutFour block, 16, first
    Put #file, at, block
End Sub

Private Function Two(bytes() As Byte, at As Long) As Long
    Two = bytes(at) + bytes(at + 1) * 256&
End Function

Private Function Four(bytes() As Byte, at As Long) As Long
    ' A signed long of the same 32 bits.
    Dim high As Long
    high = Two(bytes, at + 2)
    If high >= 32768 Then high = high - 65536
    Four = high * 65536 + Two(bytes, at)
End Function

Private Sub PutTwo(block() As Byte, at As Long, value As Long)
    block(at) = value And 255
    block(at + 1) = (value \ 256) And 255
End Sub

Private Sub PutFour(block() As Byte, at As Long, value As Long)
    block(at) = value And 255
    block(at + 1) = ((value And &HFF00&) \ 256&) And 255
    block(at + 2) = ((value And &HFF0000) \ 65536) And 255
    block(at + 3) = ((value And &H7F000000) \ 16777216) And 127
    If value < 0 Then block(at + 3) = block(at + 3) Or 128
End Sub

Private Sub PutText(block() As Byte, at As Long, text As String)
    Dim place As Long
    For place = 1 To Len(text)
        block(at + place - 1) = Asc(Mid$(text, place, 1))
    Next place
End Sub

Private Function Crc32(data() As Byte) As Long
    Dim crc As Long, place As Long, bit As Long, low As Long
    crc = -1
    For place = 0 To UBound(data)
        crc = crc Xor data(place)
        For bit = 1 To 8
            low = crc And 1
            crc = ((crc And &HFFFFFFFE) \ 2) And &H7FFFFFFF
            If low = 1 Then crc = crc Xor &HEDB88320
        Next bit
    Next place
    Crc32 = Not crc
End Function
