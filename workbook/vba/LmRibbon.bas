Attribute VB_Name = "LmRibbon"
Option Explicit
' What the tab LossMit calls: one line a button, the same macros as the buttons on Start.

Public Sub RibbonLoaded(ribbon As IRibbonUI)
    ' Help for the Excel functions' arguments in the function wizard; without those functions there is none to register.
    On Error GoTo Without
    Application.Run "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!LmRegisterHelp"
Without:
End Sub

Public Sub RibbonImportTape(control As IRibbonControl)
    ImportTape
End Sub

Public Sub RibbonBuild(control As IRibbonControl)
    Build
End Sub

Public Sub RibbonCompareSelected(control As IRibbonControl)
    CompareSelected
End Sub

Public Sub RibbonRefreshSummary(control As IRibbonControl)
    RefreshSummary
End Sub

Public Sub RibbonPartnerCopy(control As IRibbonControl)
    PartnerCopy
End Sub

Public Sub RibbonCheckSetup(control As IRibbonControl)
    CheckSetup
End Sub
